/** The playground's API: the same app in Vite's dev server and stand-alone. */
import { Hono } from 'hono'
import { encodeComment, encodeEvent } from 'vue-event-stream/protocol'
import { createEventLog } from './event-log.ts'

const HEARTBEAT_MS = 15_000
const MAX_TEXT_CHARS = 500
const MAX_NAME_CHARS = 40

export function createApp(): Hono {
  const chat = createEventLog()
  const app = new Hono()

  app.get('/api/chat/stream', (c) => {
    const encoder = new TextEncoder()
    let end = (): void => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const send = (text: string): void => controller.enqueue(encoder.encode(text))
        send(encodeComment('welcome'))
        const unsubscribe = chat.subscribe(
          c.req.header('Last-Event-ID') ?? '',
          ({ id, type, data }) => send(encodeEvent({ id, type, data: JSON.stringify(data) })),
        )
        const heartbeat = setInterval(() => send(encodeComment('heartbeat')), HEARTBEAT_MS)
        end = () => {
          unsubscribe()
          clearInterval(heartbeat)
        }
      },
      cancel: () => end(),
    })
    return c.body(body, 200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    })
  })

  app.post('/api/chat/messages', async (c) => {
    const { user, text } = await c.req.json<{ user: unknown; text: unknown }>()
    if (typeof user !== 'string' || typeof text !== 'string')
      return c.json({ title: 'user and text are texts' }, 400)
    const event = chat.append('new-message', {
      user: user.slice(0, MAX_NAME_CHARS),
      text: text.slice(0, MAX_TEXT_CHARS),
      time: Date.now(),
    })
    return c.json({ id: event.id }, 201)
  })

  return app
}
