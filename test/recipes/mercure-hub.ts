/**
 * A Mercure hub, as far as subscribers see it.
 * @see https://github.com/dunglas/mercure/blob/main/spec/mercure.md "Reconnection, State Reconciliation, and Event Sourcing"
 * @see https://mercure.rocks/docs/concepts/reconnection-and-history
 */
import { encodeComment, encodeEvent, encodeRetry } from 'vue-event-stream/protocol'
import { sendHead } from './recipe-runs.ts'
import type { RequestListener, ServerResponse } from 'node:http'

interface Update {
  id: string
  topic: string
  data: string
}

export interface MercureHub {
  readonly listener: RequestListener
  /** Gives its id. */
  publish(topic: string, payload: unknown): string
  /** Drops its history, as a hub does whose size is limited. */
  forget(): void
}

export function createMercureHub(): MercureHub {
  const subscribers = new Map<ServerResponse, string[]>()
  let history: Update[] = []
  let count = 0

  function send(response: ServerResponse, { id, data }: Update): void {
    response.write(encodeEvent({ id, data }))
  }

  return {
    listener(request, response) {
      const { pathname, searchParams } = new URL(request.url!, 'http://hub.test')
      const topics = searchParams.getAll('match')
      if (pathname !== '/.well-known/mercure' || topics.length === 0) {
        response.writeHead(400).end()
        return
      }
      // The header wins over the query.
      const asked = request.headers['last-event-id'] ?? searchParams.get('last_event_id')
      const found = history.findIndex(({ id }) => id === asked)
      const answered = found < 0 ? 'earliest' : history[found]!.id
      sendHead(response, asked ? { 'Mercure-Last-Event-ID': answered } : {})
      response.write(encodeComment('') + encodeRetry(20))
      if (asked) {
        for (const update of history.slice(found + 1)) {
          if (topics.includes(update.topic)) send(response, update)
        }
      }
      subscribers.set(response, topics)
      response.on('close', () => subscribers.delete(response))
    },
    publish(topic, payload) {
      const id = `urn:uuid:5e94c686-2c0b-4f9b-958c-${String(++count).padStart(12, '0')}`
      const update = { id, topic, data: JSON.stringify(payload) }
      history.push(update)
      for (const [response, topics] of subscribers) {
        if (topics.includes(topic)) send(response, update)
      }
      return id
    },
    forget: () => void (history = []),
  }
}
