// @vitest-environment node
/** A state that is loaded, and kept by messages: when it loads, what is held, and what is folded onto the answer. */
import { describe, expect, it } from 'vitest'
import { createStateLoader } from '../../../src/client/delivery/loaded-state.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import type { EventStreamError } from '../../../src/protocol/errors.ts'
import type { LoadContext, LoadedState } from '../../../src/client/delivery/loaded-state.ts'
import type {
  EventStreamReason,
  EventStreamStatus,
  StreamChange,
} from '../../../src/client/types.ts'

const MAX_HELD = 10_000
const RECENT = 1024

interface Load extends LoadContext {
  answer(state: string[], lastEventId?: string): Promise<void>
  fail(cause: unknown): Promise<void>
}

/** A loader in the hands of a test. Its state lists the data of what has been folded. */
function startLoader() {
  const fake = createFakeEnvironment()
  const stream = {
    status: 'idle' as EventStreamStatus,
    reason: null as EventStreamReason,
    lastEventId: '',
  }
  const loads: Load[] = []
  const errors: EventStreamError[] = []
  /** Whether each change was to be shown at once. */
  const changes: boolean[] = []
  const loader = createStateLoader<string[], null>(fake.environment, stream, {
    load: (context) =>
      new Promise<LoadedState<string[]>>((resolve, reject) => {
        loads.push({
          ...context,
          answer(state, lastEventId) {
            resolve({ state, lastEventId })
            return settle()
          },
          fail(cause) {
            reject(cause)
            return settle()
          },
        })
      }),
    fold: (state, { data }) => [...state, data as string],
    initial: null,
    onChange: (isAtOnce) => changes.push(isAtOnce),
    onError: (error) => errors.push(error),
  })

  function tell(change?: StreamChange): Promise<void> {
    loader.onStreamChange(change)
    return settle()
  }
  const run = {
    ...{ fake, stream, loads, errors, changes, loader, tell },
    last: () => loads.at(-1)!,
    /** As the client tells it: the status, the opening, and why messages may be missing. */
    open(gap?: StreamChange) {
      stream.status = 'open'
      loader.onStreamChange()
      loader.onStreamChange('open')
      if (gap) loader.onStreamChange(gap)
      return settle()
    },
    cut() {
      stream.status = 'reconnecting'
      return tell()
    },
    rest(status: EventStreamStatus, reason: EventStreamReason) {
      Object.assign(stream, { status, reason })
      return tell()
    },
    /** A message of this id, which is its own or `i` for inherited. */
    send(data: string, id = data, whose: 'own' | 'i' = 'own') {
      stream.lastEventId = id
      loader.onMessage({ type: 'add', data, lastEventId: id }, whose === 'own' && id !== '')
    },
  }
  return run
}

/** With a state that was loaded, and nothing to wait for. */
async function startLoaded() {
  const run = startLoader()
  run.stream.lastEventId = 'start'
  await run.open()
  await run.last().answer(['s'], 'start')
  return run
}

describe('createStateLoader', () => {
  describe('loads', () => {
    it('with the first opening, and not before', async () => {
      const { loader, loads, open, rest } = startLoader()
      await rest('connecting', null)
      expect([loads.length, loader.state, loader.isLoading]).toEqual([0, null, false])
      await open()
      expect(loads).toHaveLength(1)
      expect(loads[0]).toMatchObject({ reason: 'first', lastEventId: '' })
      expect([loader.state, loader.isLoading]).toEqual([null, true])
      await loads[0]!.answer(['s'])
      expect([loader.state, loader.isLoading]).toEqual([['s'], false])
    })

    it('at once when the stream is open already', async () => {
      const { loads, stream, tell } = startLoader()
      stream.status = 'open'
      await tell()
      expect(loads).toHaveLength(1)
    })

    it('when a stream opens that is paused, and when a pause ends before it has heard of an opening', async () => {
      const paused = startLoader()
      paused.stream.status = 'paused'
      await paused.tell('open')
      expect(paused.loads).toHaveLength(1)
      const late = startLoader()
      await late.rest('paused', 'user')
      expect(late.loads).toHaveLength(0)
      await late.rest('open', null)
      expect(late.loads).toHaveLength(1)
    })

    it('never after a full resume', async () => {
      const { loads, cut, open, send, loader } = await startLoaded()
      send('1')
      await cut()
      await open()
      send('2')
      expect([loads.length, loader.state]).toEqual([1, ['s', '1', '2']])
    })

    it('on a gap, with its reason, and once for an opening with one', async () => {
      const { fake, loads, cut, open, tell, last } = await startLoaded()
      await fake.advance(1000)
      await cut()
      await open('server')
      expect(loads.map(({ reason }) => reason)).toEqual(['first', 'server'])
      await last().answer(['t'])
      await fake.advance(1000)
      await tell('late')
      expect(last().reason).toBe('late')
    })

    it('for the first time when the first opening has a gap', async () => {
      const { loads, open } = startLoader()
      await open('expired')
      expect(loads.map(({ reason }) => reason)).toEqual(['first'])
    })

    it('after a reopening without a cursor, even if no message had come', async () => {
      const { fake, loads, cut, open, last } = startLoader()
      await open()
      await last().answer(['s'])
      await fake.advance(1000)
      await cut()
      await open()
      expect(loads.map(({ reason }) => reason)).toEqual(['first', 'no-id'])
    })

    it('once for what is told at once, outside of the effect that told it', async () => {
      const { loads, loader, stream } = startLoader()
      stream.status = 'open'
      loader.onStreamChange('open')
      loader.onStreamChange('expired')
      loader.onStreamChange('server')
      loader.reload()
      expect(loads).toHaveLength(0)
      await settle()
      expect(loads).toHaveLength(1)
    })

    it('at most once a second, however often messages may be missing', async () => {
      const { fake, loads, loader, tell, last } = await startLoaded()
      await fake.advance(1000)
      await tell('server')
      for (let count = 0; count < 20; count++) {
        await fake.advance(100)
        await tell('server')
      }
      expect(loads).toHaveLength(4)
      expect(loads.map(({ signal }) => signal.aborted)).toEqual([false, true, true, true])
      await fake.advance(1000)
      await last().answer(['t'])
      expect([loads.length, loader.state, loader.isLoading]).toEqual([5, ['t'], false])
      expect(fake.delays()).toEqual([])
    })

    it('goes on over a cut that is resumed', async () => {
      const { loads, cut, open, send, loader, last } = startLoader()
      await open()
      send('1')
      await cut()
      await open()
      send('2')
      await last().answer(['s'])
      expect([loads.length, loader.state]).toEqual([1, ['s', '1', '2']])
    })
  })

  describe('what comes while it loads', () => {
    it('is held, and folded in order', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      send('1')
      send('2')
      expect(loader.state).toBeNull()
      await last().answer(['s'])
      expect(loader.state).toEqual(['s', '1', '2'])
      send('3')
      expect(loader.state).toEqual(['s', '1', '2', '3'])
    })

    it('is dropped up to and including the id of the answer', async () => {
      const { loader, open, send, last, fake } = startLoader()
      await open()
      for (const id of ['1', '2', '3']) send(id)
      await last().answer(['s'], '2')
      expect(loader.state).toEqual(['s', '3'])
      expect(fake.delays()).toEqual([])
    })

    it('is dropped as far as several messages have that id, and not where it is inherited', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      send('a', '1')
      send('b', '2')
      send('c', '2')
      send('d', '2', 'i')
      send('e', '3')
      await last().answer(['s'], '2')
      expect(loader.state).toEqual(['s', 'd', 'e'])
    })

    it('is dropped before a message that inherits the id of a block without data', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      send('a', '1')
      send('b', '2', 'i')
      await last().answer(['s'], '2')
      expect(loader.state).toEqual(['s', 'b'])
    })

    it('is dropped when a block without data has brought the id behind it', async () => {
      const { loader, open, send, last, stream, fake } = startLoader()
      await open()
      send('1')
      stream.lastEventId = '2'
      await last().answer(['s'], '2')
      expect([loader.state, fake.delays()]).toEqual([['s'], []])
    })

    it('is all folded onto an answer of the cursor before it', async () => {
      const { loader, open, send, last, stream, fake } = startLoader()
      stream.lastEventId = 'start'
      await open()
      send('1')
      await last().answer(['s'], 'start')
      expect([loader.state, fake.delays()]).toEqual([['s', '1'], []])
    })

    it('is forgotten when a gap comes: the next answer knows it', async () => {
      const { loader, fake, loads, open, send, tell, last } = startLoader()
      await open()
      send('1')
      await tell('server')
      await fake.advance(1000)
      send('5')
      expect(loads[0]!.signal.aborted).toBe(true)
      await loads[0]!.answer(['old'])
      expect(loader.state).toBeNull()
      await last().answer(['s'])
      expect(loader.state).toEqual(['s', '5'])
    })

    it('does not change a state that may miss something, which stays as it was', async () => {
      const { loader, send, tell, last, fake } = await startLoaded()
      send('1')
      await fake.advance(1000)
      await tell('server')
      send('5')
      expect(loader.state).toEqual(['s', '1'])
      await last().answer(['t'])
      expect(loader.state).toEqual(['t', '5'])
    })
  })

  describe('an answer whose event is still to come', () => {
    it('is shown, and what it knows is not folded', async () => {
      const { loader, open, send, last, fake } = startLoader()
      await open()
      send('1')
      await last().answer(['s'], '3')
      expect([loader.state, loader.isLoading]).toEqual([['s'], false])
      send('2')
      expect(loader.state).toEqual(['s'])
      send('3')
      send('4')
      expect(loader.state).toEqual(['s', '4'])
      expect(fake.delays()).toEqual([])
    })

    it('is known by the first message that inherits its id, too', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      await last().answer(['s'], '3')
      send('2')
      send('a', '3', 'i')
      expect(loader.state).toEqual(['s', 'a'])
    })

    it('is done with when all messages of its id have come', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      await last().answer(['s'], '3')
      send('a', '3')
      send('b', '3')
      send('c', '3', 'i')
      send('d', '4')
      send('e', '3')
      expect(loader.state).toEqual(['s', 'c', 'd', 'e'])
    })

    it('is waited for a second: then what is held comes after it', async () => {
      const { loader, open, send, last, fake } = startLoader()
      await open()
      send('8')
      await last().answer(['s'], '7')
      send('9')
      await fake.advance(999)
      expect(loader.state).toEqual(['s'])
      await fake.advance(1)
      expect(loader.state).toEqual(['s', '8', '9'])
    })

    it('is waited for while the stream is not open', async () => {
      const { loader, open, send, last, fake, cut, rest } = startLoader()
      await open()
      send('1')
      await last().answer(['s'], '3')
      await cut()
      await fake.advance(60_000)
      await open()
      await fake.advance(900)
      await rest('paused', 'user')
      await fake.advance(60_000)
      expect([loader.state, fake.delays()]).toEqual([['s'], []])
      await rest('closed', 'user')
      await fake.advance(60_000)
      await open()
      send('2')
      send('3')
      send('4')
      expect([loader.state, fake.delays()]).toEqual([['s', '4'], []])
    })

    it('puts right what was folded too soon, when its event comes late', async () => {
      const { loader, open, send, last, fake } = startLoader()
      await open()
      send('1')
      await last().answer(['s'], '3')
      await fake.advance(1000)
      send('2')
      send('3')
      send('4')
      expect(loader.state).toEqual(['s', '4'])
    })

    it('is looked for in the next 1,024 messages only: ids may come again', async () => {
      const { loader, open, send, last, fake } = startLoader()
      await open()
      await last().answer(['s'], 'x')
      await fake.advance(1000)
      for (let count = 0; count < RECENT; count++) send(`${count}`)
      send('x')
      expect(loader.state).toHaveLength(RECENT + 2)
    })

    it('is not waited for when more comes than is held, nor when the stream ends', async () => {
      const many = startLoader()
      await many.open()
      await many.last().answer([], 'x')
      for (let count = 0; count < MAX_HELD; count++) many.send('m', `${count}`)
      expect(many.loader.state).toEqual([])
      many.send('m')
      expect(many.loader.state).toHaveLength(MAX_HELD + 1)
      const ended = startLoader()
      await ended.open()
      await ended.last().answer([], 'x')
      ended.send('1')
      await ended.rest('closed', 'complete')
      expect([ended.loader.state, ended.fake.delays()]).toEqual([['1'], []])
    })
  })

  describe('a load that fails', () => {
    it('is told, and tried again with backoff while the stream is open', async () => {
      const { loader, errors, loads, open, last, fake, send } = startLoader()
      fake.chance = 0
      await open()
      const cause = new Error('no database')
      await last().fail(cause)
      expect([loader.isLoading, loader.error]).toEqual([false, errors[0]])
      expect(errors[0]).toMatchObject({ code: 'load', attempt: 1, fatal: false, cause })
      send('1')
      const delays: number[] = []
      for (let count = 0; count < 6; count++) {
        delays.push(...fake.delays())
        await fake.advance(fake.delays()[0]!)
        await last().fail(cause)
      }
      expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000])
      await fake.advance(30_000)
      expect([loader.isLoading, loader.error?.attempt]).toEqual([true, 7])
      await last().answer(['s'])
      expect([loader.state, loader.error, loads.length]).toEqual([['s', '1'], null, 8])
    })

    it('waits for half of that when chance says so', async () => {
      const { open, last, fake } = startLoader()
      fake.chance = 0.999_999
      await open()
      await last().fail(0)
      expect(fake.delays()[0]).toBeCloseTo(500, 0)
    })

    it('is tried again with the next opening when the stream is not open then', async () => {
      const { loads, open, last, fake, cut, stream } = startLoader()
      stream.lastEventId = 'start'
      await open()
      await cut()
      await last().fail(0)
      await fake.advance(60_000)
      expect(loads).toHaveLength(1)
      await open()
      expect(loads).toHaveLength(2)
    })

    it('is tried again when a pause ends', async () => {
      const { loads, open, last, fake, rest } = startLoader()
      await open()
      await rest('paused', 'user')
      await last().fail(0)
      await fake.advance(60_000)
      await rest('open', null)
      expect(loads).toHaveLength(2)
    })

    it('is not tried again once the stream has ended', async () => {
      const { loads, open, last, fake, rest } = startLoader()
      await open()
      await rest('closed', 'complete')
      await last().fail(0)
      expect([loads.length, fake.delays()]).toEqual([1, []])
    })

    it.each([
      ['throws', () => ({ then: (_: unknown, fail: (cause: unknown) => void) => fail('thrown') })],
      ['gives nothing', () => undefined],
    ])('is one that %s', async (_, load) => {
      const errors: EventStreamError[] = []
      const { environment } = createFakeEnvironment()
      const stream = { status: 'open' as const, reason: null, lastEventId: '' }
      const loader = createStateLoader(environment, stream, {
        load: load as never,
        fold: () => 0,
        initial: 0,
        onChange: () => {},
        onError: (error) => errors.push(error),
      })
      loader.onStreamChange()
      await settle()
      expect(errors).toMatchObject([{ code: 'load' }])
    })

    it('warns in development, once', async () => {
      const { open, last, fake } = startLoader()
      await open()
      for (let count = 0; count < 3; count++) {
        await last().fail(new Error('no database'))
        await fake.advance(8000)
      }
      expect(fake.warnings).toHaveLength(1)
      expect(fake.warnings[0]).toContain('load-failed (Error: no database)')
    })

    it('is one whose answer is older than what has been folded', async () => {
      const { loader, errors, send, last } = await startLoaded()
      send('1')
      send('2')
      loader.reload()
      await settle()
      await last().answer(['old'], '1')
      expect(loader.state).toEqual(['s', '1', '2'])
      expect(errors).toMatchObject([{ code: 'load', message: 'It is out of date.' }])
    })
  })

  describe('when more comes than is held', () => {
    async function startOverrun() {
      const run = startLoader()
      await run.open()
      for (let count = 1; count <= MAX_HELD + 1; count++) run.send(`${count}`)
      return run
    }

    it('drops the oldest, and takes an answer that knows them', async () => {
      const { loader, last } = await startOverrun()
      await last().answer(['s'], `${MAX_HELD - 1}`)
      expect(loader.state).toEqual(['s', `${MAX_HELD}`, `${MAX_HELD + 1}`])
    })

    it.each([undefined, 'x', '5'])('does not take an answer of the id %s', async (id) => {
      const { loader, last, errors, fake, loads } = await startOverrun()
      await last().answer(['s'], id)
      expect(loader.state).toBeNull()
      expect(errors).toMatchObject([
        { code: 'load', message: 'Too many messages came while it loaded.' },
      ])
      await fake.advance(1000)
      // What came before this one began is in its answer.
      await last().answer(['s'])
      expect([loads.length, loader.state!.length]).toEqual([2, MAX_HELD + 1 - MAX_HELD / 10 + 1])
    })
  })

  describe('reload', () => {
    it('loads once more, while the state changes on', async () => {
      const { loader, send, last } = await startLoaded()
      send('1')
      loader.reload()
      await settle()
      expect(last()).toMatchObject({ reason: 'reload', lastEventId: '1' })
      send('2')
      send('3')
      expect([loader.state, loader.isLoading]).toEqual([['s', '1', '2', '3'], true])
      await last().answer(['t'], '2')
      expect(loader.state).toEqual(['t', '3'])
    })

    it('folds what has come since it was asked for, and nothing of before', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      send('1')
      await last().answer(['s'])
      send('2')
      loader.reload()
      await settle()
      send('3')
      await last().answer(['t'])
      expect(loader.state).toEqual(['t', '3'])
    })

    it('takes the place of a load under way, and of the wait for the next one', async () => {
      const { loader, loads, open, last, fake } = startLoader()
      await open()
      loader.reload()
      await settle()
      expect(loads.map(({ reason }) => reason)).toEqual(['first', 'first'])
      await loads[0]!.answer(['old'])
      expect([loads[0]!.signal.aborted, loader.state]).toEqual([true, null])
      await last().fail(0)
      loader.reload()
      await settle()
      expect([loads.length, fake.delays()]).toEqual([3, []])
    })

    it('drops the failure of a load whose place is taken', async () => {
      const { loader, loads, errors, open } = startLoader()
      await open()
      loader.reload()
      await settle()
      await loads[0]!.fail(new Error('aborted'))
      expect([errors, loader.isLoading]).toEqual([[], true])
    })

    it('works for a stream that has ended, and one that was never open', async () => {
      const { loader, rest, last } = startLoader()
      await rest('failed', 'http')
      loader.reload()
      await settle()
      await last().answer(['s'])
      expect(loader.state).toEqual(['s'])
    })

    it('leaves what waits for its event waiting, and knows it in the answer', async () => {
      const { loader, open, send, last } = startLoader()
      await open()
      await last().answer(['s'], '7')
      send('5')
      loader.reload()
      await settle()
      send('6')
      expect(loader.state).toEqual(['s'])
      send('7')
      send('8')
      expect(loader.state).toEqual(['s', '8'])
      await last().answer(['t'], '6')
      expect(loader.state).toEqual(['t', '7', '8'])
    })

    it('does not put off what waits for an event that does not come', async () => {
      const { loader, open, send, last, fake } = startLoader()
      await open()
      await last().answer(['s'], '7')
      send('8')
      loader.reload()
      await fake.advance(1000)
      send('9')
      expect(loader.state).toEqual(['s', '8', '9'])
      await last().answer(['t'], '8')
      expect(loader.state).toEqual(['t', '9'])
    })
  })

  describe('aborts the load', () => {
    it.each([
      ['closed', 'user'],
      ['closed', 'unmount'],
      ['idle', 'disabled'],
      ['idle', null],
    ] as const)(
      'when the stream is %s (%s), and starts it with the next opening',
      async (status, reason) => {
        const { loader, loads, open, rest, fake, errors } = startLoader()
        await open()
        await rest(status, reason)
        expect([loads[0]!.signal.aborted, loader.isLoading]).toEqual([true, false])
        await loads[0]!.fail(loads[0]!.signal.reason)
        await loads[0]!.answer(['old'])
        expect([loader.state, errors, fake.delays()]).toEqual([null, [], []])
        await fake.advance(1000)
        await open()
        expect(loads).toHaveLength(2)
      },
    )

    it.each([
      ['closed', 'complete'],
      ['closed', 'no-content'],
      ['failed', 'http'],
    ] as const)('not when the stream is %s (%s): it is still wanted', async (status, reason) => {
      const { loader, open, rest, last, send } = startLoader()
      await open()
      send('1')
      await rest(status, reason)
      await last().answer(['s'])
      expect(loader.state).toEqual(['s', '1'])
    })

    it('when another stream takes its place: nothing of the last one is shown any more', async () => {
      const { loader, loads, open, send, tell, last, fake } = await startLoaded()
      send('1')
      loader.reload()
      await settle()
      await tell('first')
      expect([loads[1]!.signal.aborted, loader.state, loader.isLoading]).toEqual([
        true,
        null,
        false,
      ])
      await open()
      expect(last().reason).toBe('first')
      await last().answer(['t'])
      expect([loader.state, fake.delays()]).toEqual([['t'], []])
    })

    it('when it is stopped, for good', async () => {
      const { loader, loads, open, fake } = startLoader()
      await open()
      loader.stop()
      loader.reload()
      await settle()
      await loads[0]!.answer(['s'])
      expect([loads.length, loads[0]!.signal.aborted, loader.state]).toEqual([1, true, null])
      expect(fake.delays()).toEqual([])
    })
  })

  it('shows answers at once, and what messages change with the next flush', async () => {
    const { changes, open, last, send } = startLoader()
    await open()
    changes.length = 0
    await last().answer(['s'])
    expect(changes.at(-1)).toBe(true)
    changes.length = 0
    send('1')
    expect(changes).toEqual([false])
  })
})
