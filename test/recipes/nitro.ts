/** Recipe of the README: a route of Nitro, which is h3's. */
import { createEventStream, defineEventHandler, noContent } from 'h3'
import { news } from './news-log.ts'

export default defineEventHandler((event) => {
  const lastEventId = event.req.headers.get('Last-Event-ID')
  if (news.isOver(lastEventId)) return noContent() // 204: the stream is closed for good
  const stream = createEventStream(event)
  const left = new AbortController()
  const heartbeat = setInterval(() => stream.pushComment('heartbeat'), 15_000)
  stream.onClosed(() => (clearInterval(heartbeat), left.abort()))
  void (async () => {
    await stream.pushComment('hello') // goes with the head, at once
    for await (const { id, type, payload } of news.after(lastEventId, left.signal))
      await stream.push({ id, event: type, data: JSON.stringify(payload) })
    await stream.close()
  })()
  return stream
})
