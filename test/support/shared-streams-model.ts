/**
 * What must be true of the streams of an app that share connections, told by what was done to them: how many requests are
 * open, and what each stream has heard. The server has a log for each URL; every message has an id.
 */
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { createAppConnections } from '../../src/client/sharing/app-connections.ts'
import { createFakeEnvironment } from './fake-environment.ts'
import { LINGER_MS, messages, range } from './shared-streams.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { ControlledRequest } from './controlled-server.ts'

const MAX_ITEMS = 1000
const MAX_HOLD_MS = 30_000
/** All waits of the client for another attempt. */
const RECONNECT_MS = 100
const RECONNECT = { initialDelay: RECONNECT_MS, maxDelay: RECONNECT_MS, minDelay: RECONNECT_MS }

/** Two streams to one URL with different headers are no equals. */
export const KEYS = ['/a x', '/a y', '/b x', '/c x']
export const COMPONENTS = 50

/** What happens to one of the fifty places for components. */
export interface Step {
  readonly at: number
  readonly do: 'mount' | 'pause' | 'resume' | 'tell' | 'burst' | 'cut' | 'move' | 'wait'
  readonly key: number
  readonly ms: number
}

/** A connection, as the model sees it. */
interface Session {
  readonly key: string
  /** The id that it started with, 0 for none, and the last one before its first message. */
  readonly startId: number
  readonly base: number
  /** The oldest and the newest id in its log. */
  first: number
  last: number
  readonly parts: Set<Part>
  /** Since when nobody takes anything, by time. */
  heldSince: number | undefined
  leftAt: number | undefined
  /** It was cut while nobody read it. */
  mayBeDown: boolean
}

/** A mounted component. */
interface Part {
  readonly client: EventStreamClient
  readonly heard: unknown[]
  readonly gaps: string[]
  expected: number[]
  session: Session
  next: number
  /** The id of what it has had last, 0 for none. */
  lastId: number
  isPaused: boolean
}

export interface SharingModel {
  /** What it has seen, so that a test may ask whether it has seen everything. */
  readonly seen: Set<string>
  /** Does it, lets everything follow from it, and gives what is wrong. */
  take(step: Step): Promise<string[]>
  /** Ends everything, and gives what is left. */
  end(): Promise<string[]>
}

export function createSharingModel(seen: Set<string>): SharingModel {
  const fake = createFakeEnvironment()
  const connections = createAppConnections()
  const { now } = fake.environment
  const ends = new Map<string, number>()
  const parts: (Part | undefined)[] = Array.from({ length: COMPONENTS })
  /** Those that are answered and open, by their key. */
  const served = new Map<ControlledRequest, string>()
  let servedCount = 0
  let sessions: Session[] = []

  const urlOf = (key: string): string => key.split(' ')[0]!
  const endOf = (key: string): number => ends.get(urlOf(key)) ?? 0
  const isRead = ({ parts: all }: Session): boolean => [...all].some(({ isPaused }) => !isPaused)
  const isWhole = ({ first, base }: Session): boolean => first === base + 1
  const keyOf = ({ url, headers }: ControlledRequest): string =>
    `${new URL(url).pathname} ${headers.get('x-key')}`

  /** The server answers what has come, with all after the id, until nothing more comes. */
  async function serve(): Promise<void> {
    while (servedCount < fake.requests.length) {
      const request = fake.requests[servedCount++]!
      const key = keyOf(request)
      served.set(request, key)
      await request.respond()
      const id = Number(request.headers.get('last-event-id') ?? endOf(key))
      if (id < endOf(key)) await request.push(messages(id + 1, endOf(key)))
    }
    for (const [request] of served) if (!request.isOpen) served.delete(request)
  }

  const openOf = (isMeant: (key: string) => boolean): ControlledRequest[] =>
    [...served].filter(([{ isOpen }, key]) => isOpen && isMeant(key)).map(([request]) => request)

  // What the model expects.

  function join(part: Part, key: string, isAnew: boolean): void {
    const before = isAnew ? undefined : part.session
    const group = sessions.filter((session) => session.key === key)
    const found = group.find((session) => {
      if (session === before && part.next >= session.first) return true
      if (session.startId === part.lastId && isWhole(session)) return true
      return part.lastId > 0 && part.lastId >= session.first && part.lastId <= session.last
    })
    if (found) {
      if (found.parts.size === 0) seen.add('joined in the linger')
      else seen.add('joined')
      if (part.lastId === 0) part.next = found.base + 1
      part.session = found
    } else {
      seen.add(group.length > 0 ? 'one more for a key' : 'first for a key')
      const base = part.lastId || endOf(key)
      const session: Session = {
        ...{ key, startId: part.lastId, base, first: base + 1, last: base, parts: new Set() },
        ...{ heldSince: undefined, leftAt: undefined, mayBeDown: false },
      }
      sessions.push(session)
      part.next = base + 1
      part.session = session
    }
    part.session.parts.add(part)
    part.session.leftAt = undefined
  }

  function leave(part: Part, lingers: boolean): void {
    const { session } = part
    session.parts.delete(part)
    if (session.parts.size > 0) return
    if (lingers) session.leftAt = now()
    else sessions = sessions.filter((other) => other !== session)
  }

  function follow(): void {
    sessions = sessions.filter(({ leftAt }) => leftAt === undefined || now() < leftAt + LINGER_MS)
    for (const session of sessions) {
      if (!isRead(session)) {
        session.heldSince ??= now()
        continue
      }
      session.heldSince = undefined
      session.mayBeDown = false
      session.last = endOf(session.key)
      session.first = Math.max(session.first, session.last - MAX_ITEMS + 1)
      for (const part of session.parts) {
        if (part.isPaused || part.next > session.last) continue
        part.expected.push(...range(part.next, session.last))
        part.lastId = session.last
        part.next = session.last + 1
      }
    }
  }

  function judge(): string[] {
    const wrong: string[] = []
    const check = (isRight: boolean, text: string): void => void (isRight || wrong.push(text))
    for (const key of KEYS) {
      const all = sessions.filter((session) => session.key === key)
      const unsure = all.filter(
        ({ heldSince = now(), mayBeDown }) => mayBeDown || now() >= heldSince + MAX_HOLD_MS,
      )
      const open = openOf((other) => other === key)
      check(open.length <= all.length, `${open.length} requests for ${key}, not ${all.length}`)
      const least = all.length - unsure.length
      check(open.length >= least, `${open.length} requests for ${key}, not ${least}`)
    }
    const inUse = sessions.filter((session) => session.parts.size > 0).length
    check(connections.count() === inUse, `count() is ${connections.count()}, not ${inUse}`)
    for (const [index, part] of parts.entries()) {
      if (!part) continue
      const { client, heard, expected, gaps, isPaused } = part
      const status = isPaused ? 'paused' : 'open'
      check(client.status === status, `${index} is ${client.status}, not ${status}`)
      const isSame = heard.length === expected.length && heard.every((id, n) => id === expected[n])
      check(isSame, `${index} has heard ${heard}, not ${expected}`)
      check(gaps.length === 0, `${index} has a gap: ${gaps}`)
      heard.length = expected.length = 0
    }
    if (fake.reported.length > 0) wrong.push(`reported: ${fake.reported}`)
    return wrong
  }

  // What is done.

  function mount(at: number, key: string): void {
    const heard: unknown[] = []
    const gaps: string[] = []
    const client = createEventStreamClient(urlOf(key), {
      ...{ share: 'app', connections, environment: fake.environment },
      headers: { 'x-key': key.split(' ')[1]! },
      reconnect: { ...RECONNECT, factor: 1, jitter: 0 },
      onMessage: ({ data }) => void heard.push(data),
      onGap: ({ reason }) => void gaps.push(reason),
    })
    const session = undefined as unknown as Session
    const part: Part = {
      ...{ client, heard, gaps, session, expected: [], next: 0, lastId: 0, isPaused: false },
    }
    parts[at] = part
    join(part, key, true)
  }

  function unmount(at: number): void {
    const { client } = parts[at]!
    client.close('unmount')
    leave(parts[at]!, true)
    parts[at] = undefined
    seen.add('unmounted')
  }

  function resume(part: Part): void {
    part.isPaused = false
    if (part.next < part.session.first) {
      seen.add('left behind')
      const { key } = part.session
      leave(part, false)
      join(part, key, false)
    } else if (part.next <= part.session.last) seen.add('lagged')
    part.client.resume()
  }

  /** Its headers stay what they are. */
  function move(part: Part, key: string): void {
    const current = part.session.key
    const next = `${urlOf(key)} ${current.split(' ')[1]}`
    if (next === current || !KEYS.includes(next)) return
    seen.add('moved')
    part.client.setUrl(urlOf(key))
    leave(part, false)
    part.lastId = 0
    join(part, next, true)
  }

  async function tell(key: string, count: number): Promise<void> {
    const from = endOf(key) + 1
    ends.set(urlOf(key), from + count - 1)
    const text = messages(from, from + count - 1)
    for (const request of openOf((other) => urlOf(other) === urlOf(key))) await request.push(text)
  }

  async function cut(key: string): Promise<void> {
    for (const session of sessions) {
      if (session.key === key && !isRead(session)) session.mayBeDown = true
    }
    for (const request of openOf((other) => other === key)) await request.cut()
    seen.add('cut')
  }

  async function act({ at, do: verb, key: index, ms }: Step): Promise<void> {
    const key = KEYS[index % KEYS.length]!
    const part = parts[at]
    if (verb === 'mount') return part ? unmount(at) : mount(at, key)
    if (verb === 'tell') return tell(key, 1 + (ms % 5))
    if (verb === 'burst') return tell(key, 400 + (ms % 800))
    if (verb === 'cut') return cut(key)
    if (verb === 'wait') return fake.advance(ms)
    if (!part) return mount(at, key)
    if (verb === 'move') return move(part, key)
    if (verb === 'resume' || part.isPaused) return resume(part)
    part.isPaused = true
    part.client.pause()
  }

  async function settle(): Promise<void> {
    await fake.advance(0)
    await serve()
    follow()
    // A cut is noticed, and another attempt made.
    await fake.advance(RECONNECT_MS)
    await serve()
    await fake.advance(0)
    await serve()
    follow()
  }

  return {
    seen,
    async take(step) {
      await act(step)
      await settle()
      return judge()
    },
    async end() {
      for (const [at, part] of parts.entries()) if (part) unmount(at)
      await fake.advance(LINGER_MS)
      return [...fake.live(), ...Array.from({ length: connections.count() }, () => 'connection')]
    },
  }
}
