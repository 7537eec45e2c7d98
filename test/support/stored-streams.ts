/** Streams whose position is kept in a storage, on a page that may have been reloaded. */
import { START_MS } from './fake-environment.ts'
import { useTestStreams } from './test-streams.ts'
import type { EventStreamClientOptions, ResumeOptions } from '../../src/client/options.ts'
import type { TestStream, TestStreamOptions } from './test-streams.ts'

const NAME = 'vue-event-stream:chat'

export interface StoredStream extends TestStream {
  /** What the storage holds. */
  readonly items: Map<string, string>
  /** Every value that was written, `''` for one that was taken away. */
  readonly writes: string[]
  /** The id that is stored under the key `chat`. */
  storedId(): string | undefined
}

export interface StoredStreamOptions extends TestStreamOptions {
  /** What is there at the start: by default from a second ago, by another document. */
  stored?: { id: string; age?: number; by?: number }
  /** @default 'reload' */
  navigation?: string
}

/** Gives what starts a stream of the key `chat`, in the document 2. */
export function useStoredStreams(): (
  resume?: ResumeOptions,
  options?: StoredStreamOptions,
) => Promise<StoredStream> {
  const start = useTestStreams()

  return async function startStored(resume, { stored, navigation = 'reload', ...options } = {}) {
    const items = new Map<string, string>()
    const writes: string[] = []
    if (stored) {
      const { id, age = 1000, by = 1 } = stored
      items.set(NAME, JSON.stringify({ id, at: START_MS - age, by }))
    }
    const environment: EventStreamClientOptions['environment'] = {
      navigation: () => ({ type: navigation, documentId: 2 }),
      storage: () => ({
        getItem: (key) => items.get(key) ?? null,
        setItem(key, value) {
          writes.push(value)
          items.set(key, value)
        },
        removeItem(key) {
          writes.push('')
          items.delete(key)
        },
      }),
    }
    const all: ResumeOptions = { storage: 'session', key: 'chat', ...resume }
    const stream = await start({ ...options, resume: all, environment })
    const storedId = (): string | undefined =>
      (JSON.parse(items.get(NAME) ?? '{}') as { id?: string }).id
    return Object.assign(stream, { items, writes, storedId })
  }
}
