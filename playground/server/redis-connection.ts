/** A connection to Redis that comes back by itself, and what is said over it. */
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { StreamEntry } from './redis-mirror.ts'

export interface RedisConnection {
  command(...words: string[]): Promise<unknown>
  close(): void
}

export interface RedisConnectionOptions {
  url: string
  /** Whether a command waits for a connection that is lost; otherwise it fails at once. */
  waits: boolean
}

/** Commands of a server that has just started wait so long for its first connection. */
const START_MS = 2000
/** How long Redis may be silent: a reader's question and a ping are answered well within it. */
const SILENCE_MS = 3000
const PING_INTERVAL_MS = 1000
const RECONNECT_MS = 200

export function connectRedis({ url, waits }: RedisConnectionOptions): RedisConnection {
  const client = createClient({
    url,
    // Answers as they are on the wire, the same with every Redis.
    RESP: 2,
    disableOfflineQueue: !waits,
    pingInterval: waits ? undefined : PING_INTERVAL_MS,
    socket: {
      connectTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: RECONNECT_MS,
    },
  })
  // The commands tell; without a listener Node would end the process.
  client.on('error', () => {})
  // Settles late or never while there is no Redis: the commands find out themselves.
  const connected = client.connect().catch(() => {})
  const started = Promise.race([connected, delay(START_MS, undefined, { ref: false })])
  return {
    async command(...words) {
      await started
      return client.sendCommand(words)
    },
    close: () => client.destroy(),
  }
}

/** `[[id, [field, value, …]], …]` */
export function readEntries(reply: unknown): StreamEntry[] {
  return (reply as [id: string, fields: string[]][]).map(([id, fields]) => {
    const [typeField, type, , data] = fields
    return typeField === 'type' ? { id, event: { type: type!, data: JSON.parse(data!) } } : { id }
  })
}
