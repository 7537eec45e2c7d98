/** What tabs say to each other: the wire, version 1. Nothing that comes is trusted; what is not known is ignored. */
import { isCount, isRecord, isSharedState } from './shared-state.ts'
import type { SharedState } from './shared-state.ts'
import type { Position, TabChunk, TabEntry } from './tab-log.ts'

/** For each entry: type, data, id, and whether the id is its own. */
export type FlatEntries = readonly (string | boolean | null)[]

export interface FlatChunk extends Position {
  readonly entries: FlatEntries
}

/** A tab comes, comes back, or has missed something. */
export interface Hello {
  readonly kind: 'hello'
  readonly from: string
  /** Where it is. */
  readonly at: Position
  /** Its cursor: it goes on there if its position is of another stream, or none. */
  readonly lastEventId: string
  /** A stream that has failed is to be opened for it. */
  readonly opens: boolean
}

/** What the leader answers. */
export interface Welcome {
  readonly kind: 'welcome'
  readonly to: string
  readonly term: number
  /** Where the tab is once it has the chunks. */
  readonly at: Position
  /** What the chunks come after: its position, or what fits its cursor. */
  readonly after: Position
  /** The leader's cursor, for who goes on at `at` and has nothing. */
  readonly lastEventId: string
  readonly state: SharedState
  /** What the tab has missed; null: nobody knows it any more. */
  readonly chunks: readonly FlatChunk[] | null
}

/** What comes of a leader: it says its term. */
export type LeaderMessage =
  | Welcome
  | {
      readonly kind: 'lead'
      readonly term: number
      readonly at: Position
      readonly state: SharedState
    }
  | ({ readonly kind: 'chunk' } & FlatChunk)
  | { readonly kind: 'state'; readonly term: number; readonly state: SharedState }
  | { readonly kind: 'pong'; readonly term: number }
  /** It leaves on purpose. */
  | { readonly kind: 'bye'; readonly term: number }

export type TabMessage =
  | LeaderMessage
  | Hello
  | { readonly kind: 'ping'; readonly from: string }
  /** `hurry`: the next attempt is overdue, or somebody looks. */
  | { readonly kind: 'want'; readonly command: 'reconnect' | 'hurry' }

export function isOfLeader(message: TabMessage): message is LeaderMessage {
  return 'term' in message
}

export function flattenChunk({ term, seq, entries }: TabChunk): FlatChunk {
  const flat = entries.flatMap(({ type, data, id, hasOwnId }) => [type, data, id, hasOwnId])
  return { term, seq, entries: flat }
}

export function unflattenChunk({ term, seq, entries: flat }: FlatChunk): TabChunk {
  const entries: TabEntry[] = []
  for (let index = 0; index < flat.length; index += 4) {
    const [type, data, id, hasOwnId] = flat.slice(index, index + 4)
    entries.push({ type, data, id, hasOwnId } as TabEntry)
  }
  return { term, seq, entries }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isPosition = (value: unknown): value is Position =>
  isRecord(value) && isCount(value.term) && isCount(value.seq)

const FIELDS = [
  (value: unknown) => value === null || isText(value),
  isText,
  isText,
  (value: unknown) => typeof value === 'boolean',
] as const

function isChunk(value: unknown): value is FlatChunk {
  if (!isRecord(value) || !isPosition(value)) return false
  const { entries } = value as { entries?: unknown }
  // `every` skips holes.
  if (!Array.isArray(entries) || entries.includes(undefined)) return false
  return entries.length % 4 === 0 && entries.every((field, index) => FIELDS[index % 4]!(field))
}

const IS_VALID: {
  readonly [Kind in TabMessage['kind']]: (message: Record<string, unknown>) => boolean
} = {
  hello: ({ from, at, lastEventId, opens }) =>
    [from, lastEventId].every(isText) && isPosition(at) && typeof opens === 'boolean',
  welcome: ({ to, term, at, after, lastEventId, state, chunks }) =>
    [to, lastEventId].every(isText) &&
    isCount(term) &&
    [at, after].every(isPosition) &&
    isSharedState(state) &&
    (chunks === null || (Array.isArray(chunks) && [...chunks].every(isChunk))),
  lead: ({ term, at, state }) => isCount(term) && isPosition(at) && isSharedState(state),
  chunk: isChunk,
  state: ({ term, state }) => isCount(term) && isSharedState(state),
  pong: ({ term }) => isCount(term),
  bye: ({ term }) => isCount(term),
  ping: ({ from }) => isText(from),
  want: ({ command }) => command === 'reconnect' || command === 'hurry',
}

/** The message, if it is one. */
export function readTabMessage(data: unknown): TabMessage | undefined {
  if (!isRecord(data) || !isText(data.kind) || !Object.hasOwn(IS_VALID, data.kind)) return undefined
  const isValid = IS_VALID[data.kind as TabMessage['kind']]
  return isValid(data) ? (data as unknown as TabMessage) : undefined
}
