/** Everything that can happen to a stream, as commands that fast-check picks, runs and shrinks. */
import fc from 'fast-check'
import { settle } from '../../../support/settle.ts'
import { actions, places } from './actions.ts'
import { act, happen, takeTurn } from './app-verbs.ts'
import { isLive } from './attempts.ts'
import { checkInvariants } from './invariants.ts'
import { MOODS } from './moods.ts'
import * as server from './server-verbs.ts'
import type { PageEvent } from '../../../../src/client/environment.ts'
import type { Attempt } from './attempts.ts'
import type { EntryKind, LineEnd } from './event-log.ts'
import type { SourceName } from './state.ts'
import type { StreamModel } from './stream-model.ts'

export type StreamCommand = fc.AsyncCommand<StreamModel, StreamModel>

/** Counts all that were run, for the report of a long run. */
export const commandCount = { run: 0 }

class Command<Args> implements StreamCommand {
  readonly name: string
  readonly args: Args
  readonly canRun: (model: StreamModel, args: Args) => boolean
  readonly perform: (model: StreamModel, args: Args) => unknown

  constructor(
    name: string,
    args: Args,
    canRun: (model: StreamModel, args: Args) => boolean,
    perform: (model: StreamModel, args: Args) => unknown,
  ) {
    this.name = name
    this.args = args
    this.canRun = canRun
    this.perform = perform
  }

  check(model: Readonly<StreamModel>): boolean {
    return this.canRun(model, this.args)
  }

  async run(_: StreamModel, model: StreamModel): Promise<void> {
    commandCount.run++
    model.trace.push(this.toString())
    await this.perform(model, this.args)
    await checkInvariants(model)
  }

  toString(): string {
    return `${this.name}(${this.args === undefined ? '' : JSON.stringify(this.args)})`
  }
}

const pending = ({ attempt, state }: StreamModel): Attempt | undefined =>
  attempt && !state.rest && isLive(attempt) && attempt.answeredAt === undefined
    ? attempt
    : undefined
/** Scripts run: no timers and no calls of the app on a page that is frozen. */
const isAwake = ({ state }: StreamModel): boolean => !state.page.isFrozen
const isFlowing = ({ wire }: StreamModel): boolean => wire !== undefined && !wire.attempt.fate

const lineEnds = fc.constantFrom<LineEnd>('\n', '\r\n', '\r')
const kinds = fc.oneof(
  { weight: 6, arbitrary: fc.constant<EntryKind>('own-id') },
  { weight: 3, arbitrary: fc.constant<EntryKind>('no-id') },
  { weight: 2, arbitrary: fc.constantFrom<EntryKind>('wide-id', 'id-only') },
  { weight: 1, arbitrary: fc.constantFrom<EntryKind>('unsendable-id', 'empty-id') },
)
const waits = fc.constantFrom(
  ...[0, 1, 100, 500, 999, 1000, 1999, 2000, 5000, 14_999, 15_000, 29_999, 30_000, 45_000, 60_000],
  600_000,
)

function command<Args>(
  name: string,
  args: fc.Arbitrary<Args>,
  canRun: (model: StreamModel, args: Args) => boolean,
  perform: (model: StreamModel, args: Args) => unknown,
): fc.Arbitrary<StreamCommand> {
  return args.map((one) => new Command(name, one, canRun, perform))
}
const nothing = fc.constant(undefined)

// The server and the network.

const answer = command(
  'answer with the stream',
  fc.record({ isInclusive: fc.boolean(), lineEnd: lineEnds, flows: fc.boolean() }),
  (model) => !!pending(model),
  async (model, args) => {
    const wire = server.answerStream(model, pending(model)!, args)
    await settle()
    if (args.flows) server.flow(model, wire, wire.waiting, wire.waiting)
  },
)
const answerStatus = command(
  'answer with a status',
  fc.record({
    status: fc.constantFrom(
      ...[204, 401, 404, 429, 500, 503, 503, 202, 206, 403, 408, 410, 425, 418],
    ),
    retryAfter: fc.option(
      fc.record({ seconds: fc.constantFrom(0, 1, 5, 60, 7200), isDate: fc.boolean() }),
      { nil: undefined },
    ),
    body: fc.constantFrom<server.Body>('none', 'text', 'problem', 'endless'),
  }),
  (model) => !!pending(model),
  async (model, args) => {
    const { client } = model
    const before = model.armed.size
    server.answerStatus(model, pending(model)!, args)
    await settle()
    const { seconds = 0 } = args.retryAfter ?? {}
    const isUnhurried = model.armed.size === before && model.state.error === 'some'
    if (client.retryAt === null || !isUnhurried || model.attempt!.fate !== 'retry') return
    // A date says whole seconds only.
    const floor = Math.min(seconds * 1000, 3_600_000) - (args.retryAfter?.isDate ? 1000 : 0)
    if (client.retryAt - model.wallTime() < floor) {
      model.violate('I5', `the wait is shorter than Retry-After: ${seconds} s`)
    }
  },
)
const answerPage = command(
  'answer with a page',
  nothing,
  (model) => !!pending(model),
  (model) => server.answerPage(model, pending(model)!),
)
const redirect = command(
  'redirect',
  nothing,
  (model) => pending(model)?.request.init.redirect === 'manual',
  (model) => server.answerRedirect(model, pending(model)!),
)
const refuse = command(
  'refuse',
  nothing,
  (model) => !!pending(model),
  (model) => server.refuse(model, pending(model)!),
)
const append = command(
  'append',
  fc.record({
    source: fc.constantFrom<SourceName>('a', 'a', 'b'),
    kinds: fc.array(kinds, { minLength: 1, maxLength: 6 }),
    lineEnd: lineEnds,
    flows: fc.boolean(),
  }),
  () => true,
  (model, args) => {
    for (const kind of args.kinds) server.append(model, args.source, kind, args.lineEnd)
    const { wire } = model
    if (args.flows && wire) server.flow(model, wire, wire.waiting, wire.waiting)
  },
)
const flow = command(
  'flow',
  fc.record({
    count: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant(1_000_000)),
    chunk: fc.constantFrom(1_000_000, 1, 2, 7, 50),
  }),
  isFlowing,
  (model, { count, chunk }) => server.flow(model, model.wire!, count, chunk),
)
const say = command(
  'say',
  fc.record({
    what: fc.constantFrom(
      ...[': hello', ': hello', 'ping', 'greeting', 'lost-history', 'retry: 0', 'retry: 3000'],
      'retry: 1000000000000000',
    ),
    lineEnd: lineEnds,
  }),
  isFlowing,
  (model, { what, lineEnd }) => {
    const wire = model.wire!
    server.say(wire, what, lineEnd)
    server.flow(model, wire, wire.waiting, wire.waiting)
  },
)
const sayLast = command(
  'say the last',
  nothing,
  (model) => isFlowing(model) && model.settings.hasUntil && !model.wire!.isStalled,
  (model) => server.sayLast(model, model.wire!),
)
const forget = command(
  'forget',
  fc.constantFrom<SourceName>('a', 'a', 'b'),
  () => true,
  ({ logs }, source) => void (logs[source].oldest = Math.max(0, logs[source].entries.length - 1)),
)
const cut = command('cut', nothing, isFlowing, (model) => server.cut(model, model.wire!))
const end = command('end', nothing, isFlowing, (model) => server.end(model, model.wire!))
const stall = command('stall', nothing, isFlowing, (model) => void (model.wire!.isStalled = true))
const answerLate = command(
  'answer late',
  fc.record({
    back: fc.nat(3),
    how: fc.constantFrom<server.LateAnswer>('stream', 'refuse', 'status', 'no-content'),
  }),
  (model, { back }) => late(model)[back] !== undefined,
  (model, { back, how }) => server.answerLate(model, late(model)[back]!, how),
)
const late = ({ attempts }: StreamModel): Attempt[] =>
  attempts.filter((one) => one.isLeft && one.answeredAt === undefined && one.request.isOpen)

// Time.

const advance = command('advance', waits, isAwake, ({ fake }, ms) => fake.advance(ms))
const sleep = command(
  'sleep',
  fc.record({
    ms: fc.constantFrom(31_000, 60_000, 600_000, 86_400_000),
    timers: fc.constantFrom<'late' | 'later' | 'remain'>('late', 'later', 'remain'),
  }),
  // What is due first in the sleep, the end of being hidden or held for long or another end, is not modelled.
  ({ state, settings }, { timers }) =>
    timers === 'remain' ||
    (state.heldSince === undefined &&
      (settings.whenHidden === 'keep' || state.hiddenSince === undefined)),
  async (model, { ms, timers }) => {
    model.seen.add(`sleep, timers ${timers}`)
    if (timers === 'remain') model.skew += ms
    const slept = timers === 'remain' ? undefined : model.fake.sleep(ms)
    // `late`: what became due runs after the page has heard of it, `later` before it.
    if (timers === 'later') await slept
    model.state.areTimersLate = timers === 'late'
    if (isAwake(model)) await happen(model, 'wake')
    model.state.areTimersLate = false
    await slept
  },
)

const mood = command(
  'answer all',
  fc.record({
    with: fc.constantFrom(...(Object.keys(MOODS) as (keyof typeof MOODS)[])),
    ms: fc.constantFrom(2000, 5000, 10_000),
  }),
  isAwake,
  async (model, args) => {
    const one = pending(model)
    model.mood = (attempt) => MOODS[args.with](model, attempt)
    model.seen.add(`mood ${args.with}`)
    if (one) model.mood(one)
    await model.fake.advance(args.ms)
    model.mood = undefined
  },
)

// The page and the app.

/** Which event comes next, of each kind; undefined when none of it may come now. */
const NEXT_EVENT: Record<string, (page: PageState) => PageEvent | undefined> = {
  visibility({ isHidden, isFrozen, isLeft }) {
    if (isFrozen) return undefined
    return isHidden ? (isLeft ? undefined : 'visible') : 'hidden'
  },
  freezing({ isHidden, isFrozen, isLeft }) {
    return isFrozen ? 'resume' : isHidden || isLeft ? 'freeze' : undefined
  },
  leaving({ isFrozen, isLeft }) {
    return isFrozen ? undefined : isLeft ? 'pageshow' : 'pagehide'
  },
  network({ isFrozen, isOffline }) {
    return isFrozen ? undefined : isOffline ? 'online' : 'offline'
  },
  machine: ({ isFrozen }) => (isFrozen ? undefined : 'wake'),
}
type PageState = StreamModel['state']['page']

const page = command(
  'page',
  fc.constantFrom('visibility', 'visibility', 'freezing', 'leaving', 'network', 'machine'),
  ({ state }, kind) => NEXT_EVENT[kind]!(state.page) !== undefined,
  (model, kind) => {
    const event = NEXT_EVENT[kind]!(model.state.page)!
    model.trace.push(event)
    return happen(model, event)
  },
)
const app = command('app', actions, isAwake, act)
const turn = command('turn', nothing, (model) => !!model.turn && isAwake(model), takeTurn)
const arm = command(
  'the app, at',
  fc.record({ place: places, action: actions }),
  ({ armed }, { place }) => !armed.has(place),
  (model, { place, action }) => model.arm(place, () => act(model, action)),
)
const fail = command(
  'a handler fails, at',
  fc.record({ place: places, isLate: fc.boolean() }),
  ({ armed }, { place }) => !armed.has(place),
  (model, { place, isLate }) =>
    model.arm(place, () => {
      if (place === 'onError') model.told.uncaught++
      else model.told.thrown++
      if (isLate) return Promise.reject(new Error('late'))
      throw new Error('at once')
    }),
)

export const anyCommand: fc.Arbitrary<StreamCommand> = fc.oneof(
  { weight: 14, arbitrary: answer },
  { weight: 3, arbitrary: answerStatus },
  { weight: 1, arbitrary: answerPage },
  { weight: 2, arbitrary: redirect },
  { weight: 2, arbitrary: refuse },
  { weight: 10, arbitrary: append },
  { weight: 8, arbitrary: flow },
  { weight: 4, arbitrary: say },
  { weight: 1, arbitrary: sayLast },
  { weight: 1, arbitrary: forget },
  { weight: 4, arbitrary: cut },
  { weight: 3, arbitrary: end },
  { weight: 1, arbitrary: stall },
  { weight: 3, arbitrary: answerLate },
  { weight: 14, arbitrary: advance },
  { weight: 2, arbitrary: sleep },
  { weight: 1, arbitrary: mood },
  { weight: 9, arbitrary: page },
  { weight: 12, arbitrary: app },
  { weight: 6, arbitrary: turn },
  { weight: 7, arbitrary: arm },
  { weight: 2, arbitrary: fail },
)
