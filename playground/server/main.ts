/** `npm start`: the built pages and their API on one port. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import sirv from 'sirv'
import { createApp } from './app.ts'

const pages = sirv(fileURLToPath(new URL('../client', import.meta.url)), { single: true })
const api = getRequestListener(createApp().fetch)
const server = createServer((request, response) => {
  if (request.url?.startsWith('/api/')) void api(request, response)
  else pages(request, response)
})
server.listen(Number(process.env.PORT ?? 4173), process.env.HOST ?? '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : address
  console.log(`The playground runs at http://localhost:${port}/`)
})
