/**
 * What runs in the tabs that share: one stream, which is recorded. It does what it hears on the channel `test`, and
 * posts what it has seen to a port of its own: no DevTools session is needed for that.
 */
import { createApp } from 'vue'
import { createEventStreamClient, ndjson } from '../../src/client/index.ts'
import { useEventStream } from '../../src/index.ts'
import type { EventStreamClient, EventStreamClientOptions } from '../../src/client/index.ts'
import type { UseEventStreamReturn } from '../../src/index.ts'

type Events = { message: { to: string; id?: number } }

export interface TabSetup {
  /** What the test calls it. */
  tab: string
  /** Of its stream; without one it has none. */
  stream?: string
  identity?: string | null
  /** It is NDJSON: read with a format, or by its type alone. */
  lines?: 'format' | 'type'
  /** With the composable, in an app of its own. */
  isComposable?: boolean
  /** As far as JSON can hold them. */
  options?: Pick<EventStreamClientOptions, 'share' | 'appVersion' | 'whenHidden' | 'reconnect'>
}

/** What a test says to a tab, or to all of them. */
export interface TabCommand {
  /** The name of the tab; without one all do it. */
  to?: string
  do:
    | 'report'
    | 'block'
    | 'leave'
    | 'return'
    | 'reload'
    | 'close'
    | 'reconnect'
    | 'pause'
    | 'resume'
  /** Of a report: comes back with it. */
  number?: number
  /** Of a report: with the ids and times of all messages. */
  isWhole?: boolean
  /** How long to block the page. */
  ms?: number
}

export interface TabReport {
  readonly tab: string
  /** Of the command; 0 when the tab tells by itself that it is there. */
  readonly number: number
  /** False: it is at the page that it left for. */
  readonly hasStream: boolean
  /** How many messages have come. */
  readonly count: number
  /** Of the last one; 0 for none. */
  readonly last: number
  /** Of all messages if asked for: the ids in their order, and when each was handled in milliseconds since 1970. */
  readonly ids: number[]
  readonly times: number[]
  /** Whom the messages were for. */
  readonly receivers: string[]
  readonly status: string
  readonly transport: string | null
  /** It holds the connection. */
  readonly isLeader: boolean
  readonly duplicates: number
  /** `open`, `reconnecting network`, … */
  readonly statuses: string[]
  readonly errors: string[]
  readonly gaps: string[]
  /** What the streams have warned of. */
  readonly warnings: string[]
  /** How often the page came back from the back/forward cache. */
  readonly returns: number
  readonly visibility: string
  /** How long a timer of a second took at last, and how often it has fired. */
  readonly tickMs: number
  readonly ticks: number
}

declare global {
  var REPORT_PORT: number
}

const setup: TabSetup = JSON.parse(new URLSearchParams(location.search).get('setup')!)
const ids: number[] = []
const times: number[] = []
const receivers = new Set<string>()
const statuses: string[] = []
const errors: string[] = []
const gaps: string[] = []
const warnings: string[] = []
let returns = 0
let tickMs = 0
let ticks = 0
let tickedAt = performance.now()
setInterval(() => {
  tickMs = performance.now() - tickedAt
  tickedAt += tickMs
  ticks++
}, 1000)
let read: () => Pick<EventStreamClient, 'status' | 'transport' | 'duplicates'> = () => ({
  status: 'idle',
  transport: null,
  duplicates: 0,
})
let control: Pick<EventStreamClient, 'close' | 'reconnect' | 'pause' | 'resume'> | undefined

const { warn } = console
console.warn = (...args: unknown[]) => {
  // Vue's are not the stream's.
  if (String(args[0]).startsWith('[vue-event-stream]')) warnings.push(args.join(' '))
  warn(...args)
}

function start(stream: string): void {
  const url = `/streams/${stream}`
  const options: EventStreamClientOptions<Events> = {
    identity: setup.identity,
    ...(setup.lines === 'format' && { format: ndjson({ id: 'id' }) }),
    ...(setup.lines === 'type' && { getEventId: ({ data }) => String(data.id) }),
    ...setup.options,
    onMessage({ lastEventId, data }) {
      ids.push(Number(lastEventId))
      times.push(performance.timeOrigin + performance.now())
      receivers.add((data as Events['message']).to)
    },
    onError: ({ code }) => errors.push(code),
    onGap: ({ reason }) => gaps.push(reason),
  }
  if (setup.isComposable) startComposable(url, options)
  else {
    const onStatus = (status: string, reason: string | null): unknown =>
      statuses.push(reason ? `${status} ${reason}` : status)
    const client = createEventStreamClient<Events>(url, { ...options, onStatus })
    read = () => client
    control = client
  }
}

function startComposable(url: string, options: EventStreamClientOptions<Events>): void {
  createApp({
    setup() {
      const stream: UseEventStreamReturn<Events> = useEventStream<Events>(url, options)
      read = () => ({
        status: stream.status.value,
        transport: stream.transport.value,
        duplicates: stream.duplicates.value,
      })
      control = stream
      return () => null
    },
  }).mount(document.body.appendChild(document.createElement('div')))
}

function report(number: number, isWhole = false): TabReport {
  const { status, transport, duplicates } = read()
  return {
    ...{ tab: setup.tab, number, count: ids.length, last: ids.at(-1) ?? 0, returns },
    ...{ ids: isWhole ? ids : [], times: isWhole ? times : [], receivers: [...receivers] },
    ...{ status, transport, duplicates, statuses, errors, gaps, warnings },
    hasStream: setup.stream !== undefined,
    isLeader: status === 'open' && transport !== 'tabs',
    visibility: document.visibilityState,
    tickMs: Math.max(tickMs, performance.now() - tickedAt),
    ticks,
  }
}

function post(number: number, isWhole?: boolean): void {
  const url = `${location.protocol}//${location.hostname}:${REPORT_PORT}/`
  const body = JSON.stringify(report(number, isWhole))
  void fetch(url, { method: 'POST', mode: 'no-cors', body })
}

function obey(command: TabCommand): void {
  if (command.to !== undefined && command.to !== setup.tab) return
  if (command.do === 'report') post(command.number!, command.isWhole)
  if (command.do === 'leave') leave()
  if (command.do === 'return') history.back()
  if (command.do === 'reload') location.reload()
  if (command.do === 'close') control?.close()
  if (command.do === 'reconnect') control?.reconnect()
  if (command.do === 'pause') control?.pause()
  if (command.do === 'resume') control?.resume()
  if (command.do === 'block') for (const end = Date.now() + command.ms!; Date.now() < end;);
}

function leave(): void {
  location.href = `/?setup=${encodeURIComponent(JSON.stringify({ tab: setup.tab }))}`
}

function listen(): void {
  const channel = new BroadcastChannel('test')
  channel.addEventListener('message', ({ data }: MessageEvent<TabCommand>) => obey(data))
  // A message to a page in the back/forward cache would throw it out.
  addEventListener('pagehide', () => channel.close(), { once: true })
}

addEventListener('pageshow', ({ persisted }) => {
  listen()
  if (persisted) returns++
  post(0)
})
if (setup.stream) start(setup.stream)
