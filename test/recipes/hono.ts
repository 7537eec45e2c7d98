/** Recipe of the README: a route of Hono. */
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { news } from './news-log.ts'

export const app = new Hono().get('/news', (c) => {
  const lastEventId = c.req.header('Last-Event-ID')
  if (news.isOver(lastEventId)) return c.body(null, 204) // the stream is closed for good
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (stream) => {
    const left = new AbortController()
    const heartbeat = setInterval(() => stream.write(': heartbeat\n\n'), 15_000)
    stream.onAbort(() => left.abort())
    await stream.write(': hello\n\n') // goes with the head, at once
    for await (const { id, type, payload } of news.after(lastEventId, left.signal))
      await stream.writeSSE({ id, event: type, data: JSON.stringify(payload) })
    clearInterval(heartbeat)
  })
})
