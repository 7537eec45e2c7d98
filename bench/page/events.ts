/** The events that are streamed to the page: seeded, 137 bytes each on average, told apart by their index. */
import { createSeededRandom } from '../../test/support/seeded-random.ts'

/** What an event holds as JSON. */
export interface BenchEvent {
  /** 0, 1, 2 … */
  index: number
  user: string
  room: string
  text: string
}

export interface EventsQuery {
  count: number
  /** Each event has an id of its own; without it their data is all they are. */
  hasIds?: boolean
  /** All are the same but for the last one, which tells the end. */
  areEqual?: boolean
}

/** As the server writes them. */
export interface EncodedEvents {
  readonly bytes: Buffer
  /** Where each event ends; its blank line belongs to it. */
  readonly ends: readonly number[]
}

const SEED = 42
/** The text brings an event to this mean. */
const MEAN_BYTES = 137
const WORDS = 'lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy'.split(' ')

/** The events of a run, always the same ones. */
export function* createEvents({ count, areEqual }: EventsQuery): Generator<BenchEvent> {
  const random = createSeededRandom(SEED)
  const first = createEvent(0, random.below, random.pick)
  for (let index = 0; index < count; index++) {
    if (!areEqual) yield createEvent(index, random.below, random.pick)
    else yield index < count - 1 ? first : { ...first, index: 1 }
  }
}

function createEvent(
  index: number,
  below: (limit: number) => number,
  pick: (words: readonly string[]) => string,
): BenchEvent {
  const event = { index, user: `user-${below(1000)}`, room: `room-${below(50)}`, text: '' }
  const length = MEAN_BYTES - encode(event).length - 8 + below(17)
  while (event.text.length < length) event.text += `${pick(WORDS)} `
  event.text = event.text.slice(0, length)
  return event
}

const encode = (event: BenchEvent, id = ''): string => `${id}data: ${JSON.stringify(event)}\n\n`

export function encodeEvents(query: EventsQuery): EncodedEvents {
  const ends: number[] = []
  const texts: string[] = []
  let length = 0
  for (const event of createEvents(query)) {
    // ASCII: a character is a byte.
    const text = encode(event, query.hasIds ? `id: ${ends.length}\n` : '')
    texts.push(text)
    ends.push((length += text.length))
  }
  return { bytes: Buffer.from(texts.join(''), 'latin1'), ends }
}
