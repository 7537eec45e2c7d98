/**
 * Wikimedia's EventStreams: two data centres, a topic in each, and an id that is the position in both.
 * @see https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service
 * @see https://github.com/wikimedia/KafkaSSE#readme `Last-Event-ID`: an array of topic, partition, and offset or timestamp
 * @see https://github.com/wikimedia/mediawiki-services-eventstreams/blob/master/spec.yaml `since`, which the header overrules
 */
import { encodeComment, encodeEvent } from 'vue-event-stream/protocol'
import { sendHead } from './recipe-runs.ts'
import type { RequestListener, ServerResponse } from 'node:http'

const TOPICS = ['eqiad.mediawiki.recentchange', 'codfw.mediawiki.recentchange'] as const
type Topic = (typeof TOPICS)[number]

interface Position {
  topic: string
  partition: number
  timestamp?: number
  offset?: number
}

interface Change {
  topic: Topic
  timestamp: number
  /** @param dataCentre Which one tells it: each counts for itself. */
  toPayload(dataCentre: number): object
}

interface Client {
  positions: Map<string, Position>
  dataCentre: number
}

export interface WikimediaStreams {
  readonly listener: RequestListener
  /** Gives its time. */
  publish(topic: Topic, title: string, domain?: string): string
  /** Everybody's connection has lasted for 15 minutes. */
  endAll(): void
}

export function createWikimediaStreams(): WikimediaStreams {
  const clients = new Map<ServerResponse, Client>()
  const log: Change[] = []
  let now = Date.UTC(2026, 10, 21)
  let connections = 0

  function send(response: ServerResponse, { topic, timestamp, toPayload }: Change): void {
    const { positions, dataCentre } = clients.get(response)!
    // One after it: a position is where to begin.
    positions.set(topic, { topic, partition: 0, timestamp: timestamp + 1 })
    const id = JSON.stringify([...positions.values()])
    response.write(
      encodeEvent({ type: 'message', id, data: JSON.stringify(toPayload(dataCentre)) }),
    )
  }

  return {
    listener(request, response) {
      const { searchParams } = new URL(request.url!, 'http://stream.test')
      const header = request.headers['last-event-id']
      const since = searchParams.get('since')
      const positions = new Map<string, Position>(
        TOPICS.map((topic) => [topic, { topic, partition: 0, offset: -1 }]),
      )
      if (header) {
        for (const position of JSON.parse(`${header}`) as Position[]) {
          positions.set(position.topic, position)
        }
      } else if (since) {
        for (const topic of TOPICS) {
          positions.set(topic, { topic, partition: 0, timestamp: Date.parse(since) })
        }
      }
      sendHead(response)
      response.write(encodeComment('ok'))
      clients.set(response, { positions: new Map(positions), dataCentre: ++connections })
      response.on('close', () => clients.delete(response))
      for (const change of log) {
        if (change.timestamp >= (positions.get(change.topic)!.timestamp ?? Infinity)) {
          send(response, change)
        }
      }
    },
    publish(topic, title, domain = 'en.wikipedia.org') {
      now += 500
      const offset = log.length
      const dt = new Date(now).toISOString()
      const meta = { id: `id-${offset}`, dt, domain, topic, partition: 0 }
      const change: Change = {
        topic,
        timestamp: now,
        toPayload: (dataCentre) => ({
          meta: { ...meta, offset: dataCentre * 1000 + offset },
          title,
          user: 'Ada',
        }),
      }
      log.push(change)
      for (const response of clients.keys()) send(response, change)
      return dt
    },
    endAll() {
      for (const response of clients.keys()) response.end()
    },
  }
}
