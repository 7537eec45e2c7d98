/** Recipe of the README: a route of Express. */
import { once } from 'node:events'
import express from 'express'
import { encodeEvent } from 'vue-event-stream/protocol'
import { news } from './news-log.ts'

export const app = express()

app.get('/news', async (request, response) => {
  const lastEventId = request.get('Last-Event-ID')
  if (news.isOver(lastEventId)) return void response.sendStatus(204) // the stream is closed for good
  const left = new AbortController()
  const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), 15_000)
  response.on('close', () => (clearInterval(heartbeat), left.abort()))
  response.set('Content-Type', 'text/event-stream')
  response.set('Cache-Control', 'no-store, no-transform') // `compression` leaves it alone
  response.set('X-Accel-Buffering', 'no')
  response.write(': hello\n\n') // goes with the head, at once
  for await (const { id, type, payload } of news.after(lastEventId, left.signal)) {
    const isRead = response.write(encodeEvent({ id, type, data: JSON.stringify(payload) }))
    if (!isRead) await once(response, 'drain', { signal: left.signal }).catch(() => {})
  }
  response.end()
})

app.post('/news', express.json(), (request, response) => {
  news.publish(String(request.body.headline))
  response.sendStatus(204)
})
