/**
 * What a tab has missed that came late to a stream that another one holds: fetched, and put where it belongs. (A stream
 * that was cut needs none of this: the server replays what follows the last event ID.)
 */
import { computed, shallowRef, toValue } from 'vue'
import { request } from './request-json.ts'
import type { MaybeRefOrGetter, Ref } from 'vue'
import type { Poll } from '../shared/contract.ts'
import type { AnyStream } from './any-stream.ts'

type Told = Poll['messages']

/** What a list shows of a message. */
interface Entry {
  readonly type: string
  readonly data: unknown
  readonly lastEventId: string
  readonly key: number
}

const TIMEOUT_MS = 15_000

/**
 * @param url Where the server tells the same as in the stream, at once.
 * @param types What the history is made of. Each of them has an id of its own, but for `gap`.
 * @param headers As the stream's.
 */
export function useLateHistory(
  url: MaybeRefOrGetter<string>,
  stream: AnyStream,
  types: readonly string[],
  headers: () => HeadersInit | undefined = () => undefined,
) {
  /** Their keys lie between those of the messages before and after the gap. */
  const fetched = shallowRef<readonly Entry[]>([])
  /** What came live while somebody asked. */
  let live = new Set<string>()
  /** Where the stream was when the gap came: the cursor is behind it then. */
  let last = { key: 0, id: '' }
  /** Grows with every new start: what was asked for before is not wanted any more. */
  let visits = 0

  stream.on('*', ({ key, type, lastEventId }) => {
    last = { key, id: lastEventId }
    if (!types.includes(type) || type === 'gap') return
    live.add(lastEventId)
    // The server told it in the answer, and then in the stream.
    if (fetched.value.some((entry) => entry.lastEventId === lastEventId)) {
      fetched.value = fetched.value.filter((entry) => entry.lastEventId !== lastEventId)
    }
  })

  /** Fetches what is missing, and returns what has no place in the history: how things are now. */
  async function fetchMissed(): Promise<Told> {
    const visit = visits
    const before = last
    live = new Set()
    const told = await ask(toValue(url), before.id, headers())
    if (visit !== visits) return []
    const history = told.filter(({ type = '' }) => types.includes(type))
    // From the first that came live on, all do.
    const end = history.findIndex(({ id = '' }) => live.has(`${id}`))
    const missed = end < 0 ? history : history.slice(0, end)
    const entries = missed.map(({ id = '', type = '', data }, index) => ({
      type,
      data,
      lastEventId: `${id}`,
      key: before.key + (index + 1) / (missed.length + 1),
    }))
    fetched.value = [...fetched.value, ...entries]
    return told.filter((message) => !history.includes(message))
  }

  /** The messages of a queue, and those of its types that were fetched. */
  function withHistory<Item extends Entry>(
    messages: Readonly<Ref<readonly Item[]>>,
    shown: readonly Item['type'][],
    capacity: number,
  ) {
    return computed<readonly Item[]>(() => {
      const missed = fetched.value.filter(({ type }) => shown.includes(type))
      if (missed.length === 0) return messages.value
      const all = [...(missed as readonly Entry[] as readonly Item[]), ...messages.value]
      all.sort((a, b) => a.key - b.key)
      return all.slice(-capacity)
    })
  }

  function clear(): void {
    visits++
    last = { key: 0, id: '' }
    fetched.value = []
  }

  return { fetched, fetchMissed, withHistory, clear }
}

/** What cannot be fetched is a gap like any other: the stream itself goes on. */
async function ask(url: string, lastEventId: string, headers?: HeadersInit): Promise<Told> {
  const query = lastEventId && `?lastEventId=${encodeURIComponent(lastEventId)}`
  try {
    const { messages } = await request<Poll>(url + query, {
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return messages
  } catch {
    return [{ type: 'gap', data: { lastEventId } }]
  }
}
