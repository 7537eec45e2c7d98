/**
 * What runs in the pages of these tests: the streams that the query asks for, and a record of all that they and the
 * page tell. The record is `life`; what has to outlive the document goes to its `sessionStorage`.
 */
import { createApp, watch } from 'vue'
import { createEventStreamClient, defaultEnvironment } from '../../src/client/index.ts'
import { useEventStream } from '../../src/index.ts'
import type { App } from 'vue'
import type { EventStreamClient, EventStreamClientOptions } from '../../src/client/index.ts'

/** One stream of a page. */
export interface StreamSetup {
  /** Its name on the server, and the query, if any. */
  path: string
  /** With the composable, in an app of its own. */
  isComposable?: boolean
  /** Its time passes as fast as `life.setSpeed` says. */
  isOnClock?: boolean
  /** As far as JSON can hold them. */
  options?: Pick<
    EventStreamClientOptions,
    'connectTimeout' | 'reconnect' | 'resume' | 'silenceTimeout' | 'whenHidden'
  >
  /** In the first document the handler of these ids never ends. */
  hangsAt?: string[]
  /** In the first document the page is loaded anew while this id is handled. */
  reloadsAt?: string
}

/** What one stream has told. */
export interface StreamRecord {
  /** The ids of all messages, in their order. */
  readonly ids: string[]
  /** `open`, `paused hidden`, … */
  readonly statuses: string[]
  /** The codes of all errors. */
  readonly errors: string[]
  /** The reasons of all gaps. */
  readonly gaps: string[]
  /** How long it had not been open, each time it was. */
  readonly downMs: number[]
  /** Milliseconds since the byte before, when the silence was noticed. */
  silentMs?: number
}

export interface Life {
  /** By name. */
  readonly records: Record<string, StreamRecord>
  /** Those that are no composable's. */
  readonly clients: Record<string, EventStreamClient>
  readonly apps: App[]
  /** What happened to the page: `pageshow persisted`, `hidden`, `freeze`, … */
  readonly events: string[]
  /** The ids of all messages of a stream in this tab: a list for each document. */
  delivered(name: string): string[][]
  /** The time of the streams that are on the clock. */
  now(): number
  setSpeed(speed: number): void
  /** Sets the computer's clock forward, as its sleep does. */
  skip(ms: number): void
  /** The same at the moment the page is frozen, which it also is in the back/forward cache. */
  skipsWhenFrozen: number
  /** How often a second has passed. */
  ticks: number
}

declare global {
  var life: Life
}

const query = new URLSearchParams(location.search)
const setups: StreamSetup[] = JSON.parse(query.get('streams') ?? '[]')
const clock = createClock()

globalThis.life = {
  records: {},
  clients: {},
  apps: [],
  events: [],
  delivered: (name) => JSON.parse(sessionStorage.getItem(`delivered:${name}`) ?? '[]'),
  now: clock.now,
  setSpeed: clock.setSpeed,
  skip(ms) {
    const { now } = Date
    Date.now = () => now() + ms
  },
  skipsWhenFrozen: 0,
  ticks: 0,
}
for (const type of ['online', 'offline', 'pagehide', 'pageshow'] as const) {
  addEventListener(type, (event) => {
    note('persisted' in event && event.persisted ? `${type} persisted` : type)
  })
}
for (const type of ['freeze', 'resume']) document.addEventListener(type, () => note(type))
document.addEventListener('visibilitychange', () => note(document.visibilityState))
// How late a timer of a second is, when it is.
let tickedAt = Date.now()
setInterval(() => {
  const gap = Date.now() - tickedAt
  tickedAt += gap
  life.ticks++
  if (gap > 2000) note(`tick ${gap}`)
}, 1000)
// A listener for it keeps a page out of the back/forward cache.
if (query.has('unload')) addEventListener('unload', () => {})
for (const setup of setups) start(setup)
// After the streams' own listeners: they leave before the time passes.
document.addEventListener('freeze', () => life.skip(life.skipsWhenFrozen))

/** For a page that nobody can ask, `&notes` sends what happens to the server as well. */
function note(text: string): void {
  life.events.push(text)
  if (query.has('notes')) navigator.sendBeacon('/notes', `${Date.now()} ${text}`)
}

function start({ path, isComposable, isOnClock, options, hangsAt, reloadsAt }: StreamSetup): void {
  const name = path.replace(/\?.*/, '')
  const record: StreamRecord = { ids: [], statuses: [], errors: [], gaps: [], downMs: [] }
  life.records[name] = record
  const earlier = life.delivered(name)

  let lastByteAt = 0
  const onStatus = (status: string, reason: string | null): void => {
    record.statuses.push(reason ? `${status} ${reason}` : status)
    if (reason === 'silence') record.silentMs ??= Date.now() - lastByteAt
    note(`${name} ${record.statuses.at(-1)}`)
  }
  const all: EventStreamClientOptions = {
    ...options,
    environment: isOnClock ? { now: clock.now, after: clock.after } : {},
    onMessage({ lastEventId }) {
      record.ids.push(lastEventId)
      sessionStorage.setItem(`delivered:${name}`, JSON.stringify([...earlier, record.ids]))
      if (earlier.length > 0) return undefined
      if (lastEventId === reloadsAt) location.reload()
      return hangsAt?.includes(lastEventId) ? new Promise(() => {}) : undefined
    },
    onError: ({ code }) => record.errors.push(code),
    onGap: ({ reason }) => record.gaps.push(reason),
    onOpen: ({ downMs }) => record.downMs.push(downMs),
  }
  const url = `/streams/${path}`

  if (isComposable) {
    const setup = (): (() => null) => {
      const { status, reason } = useEventStream(url, all)
      watch([status, reason], ([now, why]) => onStatus(now, why))
      return () => null
    }
    const app = createApp({ setup })
    app.mount(document.body.appendChild(document.createElement('div')))
    life.apps.push(app)
  } else {
    const onActivity = (): unknown => (lastByteAt = Date.now())
    life.clients[name] = createEventStreamClient(url, { ...all, onStatus, onActivity })
  }
}

/** A clock that can be sped up, so that nobody has to wait for 30 seconds to pass. */
function createClock() {
  let speed = 1
  let since = Date.now()
  let base = since
  const now = (): number => base + (Date.now() - since) * speed

  return {
    now,
    after: (delay: number, callback: () => void) =>
      defaultEnvironment.after(delay / speed, callback),
    setSpeed(next: number): void {
      base = now()
      since = Date.now()
      speed = next
    },
  }
}
