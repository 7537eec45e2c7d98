/** What the benchmarks parse: seeded streams, and the messages that are in them. */
import { createSeededRandom } from '../../test/support/seeded-random.ts'
import { CJK_PHRASES, NAMES, WORDS } from './words.ts'
import type { SeededRandom } from '../../test/support/seeded-random.ts'

/** As the standard dispatches it. */
export interface ExpectedMessage {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

export interface Workload {
  readonly name: WorkloadName
  /** The whole stream. It ends with an event, so that it can be fed again and again as one stream. */
  readonly bytes: Uint8Array
  readonly messages: readonly ExpectedMessage[]
  /** Where each event ends in `bytes`. */
  readonly ends: readonly number[]
}

export type WorkloadName = 'token' | 'chat' | 'big16k' | 'multi20' | 'cjk' | 'crlf' | 'cr'

/** Makes the event with this index, in the format and as it has to arrive. */
type CreateEvent = (index: number, random: SeededRandom) => readonly [string, ExpectedMessage]

const BIG_EVENT_CHARS = 16 * 1024
const LINES_OF_MULTI = 20

const EVENTS: Readonly<Record<WorkloadName, CreateEvent>> = {
  token: (index, { pick }) => {
    const data = JSON.stringify({ type: 'token', index, text: ` ${pick(WORDS)}` })
    return [`data: ${data}\n\n`, message(data)]
  },
  chat: (index, random) => chat(index, random, '\n'),
  crlf: (index, random) => chat(index, random, '\r\n'),
  cr: (index, random) => chat(index, random, '\r'),
  big16k: (index, random) => {
    const rows: unknown[] = []
    for (let chars = 0; chars < BIG_EVENT_CHARS; chars += JSON.stringify(rows.at(-1)).length + 1) {
      const { next, pick } = random
      rows.push({ id: index * 1000 + rows.length, name: pick(NAMES), value: next() })
    }
    const data = JSON.stringify(rows)
    return [`data: ${data}\n\n`, message(data)]
  },
  multi20: (_, random) => {
    const lines = Array.from({ length: LINES_OF_MULTI }, () => words(6, random))
    return [lines.map((line) => `data: ${line}\n`).join('') + '\n', message(lines.join('\n'))]
  },
  cjk: (index, { pick }) => {
    const text = Array.from({ length: 4 }, () => pick(CJK_PHRASES)).join('')
    const data = JSON.stringify({ index, text })
    return [`data: ${data}\n\n`, message(data)]
  },
}

export const WORKLOADS = Object.keys(EVENTS) as WorkloadName[]

/** The same name, size and seed give the same stream on every machine. */
export function createWorkload(name: WorkloadName, minBytes: number, seed = 1): Workload {
  const random = createSeededRandom(seed)
  const encoder = new TextEncoder()
  const events: string[] = []
  const messages: ExpectedMessage[] = []
  const ends: number[] = []
  for (let size = 0; size < minBytes; ends.push(size)) {
    const [text, expected] = EVENTS[name](events.length, random)
    events.push(text)
    messages.push(expected)
    size += encoder.encode(text).length
  }
  return { name, bytes: encoder.encode(events.join('')), messages, ends }
}

function message(data: string, type = 'message', lastEventId = ''): ExpectedMessage {
  return { type, data, lastEventId }
}

function chat(index: number, random: SeededRandom, lineEnd: string): ReturnType<CreateEvent> {
  const { pick } = random
  const id = String(1_000_000 + index)
  const data = JSON.stringify({ room: pick(NAMES), user: pick(NAMES), text: words(12, random) })
  const lines = [`id: ${id}`, 'event: new-message', `data: ${data}`, '', '']
  return [lines.join(lineEnd), message(data, 'new-message', id)]
}

function words(count: number, { pick }: SeededRandom): string {
  return Array.from({ length: count }, () => pick(WORDS)).join(' ')
}
