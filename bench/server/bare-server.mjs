// The least that Node can do: every GET is a stream that stays open, every POST is told to all of them. No history, no limits.
import { createServer } from 'node:http'

const streams = new Set()
const HEAD = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    streams.add(response.writeHead(200, HEAD))
    response.write(':welcome\n\n')
    response.once('close', () => streams.delete(response))
    return
  }
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    for (const stream of streams) stream.write(`data: ${body}\n\n`)
    response.writeHead(201).end('{}')
  })
})
server.listen(0, '0.0.0.0', () => console.log(`http://127.0.0.1:${server.address().port}/`))
