// @vitest-environment node
/** What a stream tells before the code is there that loads a state: nothing of it is lost, or comes in another order. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createLazyStateLoader } from '../../../src/client/delivery/lazy-state-loader.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import type { LoadContext, LoadedState } from '../../../src/client/delivery/loaded-state.ts'
import type { EventStreamReason, EventStreamStatus } from '../../../src/client/types.ts'

type State = readonly string[]

const code = vi.hoisted(() => ({ loads: 0, isGone: false }))
vi.mock('../../../src/client/delivery/reduced-state.ts', async (importActual) => {
  const actual = await importActual<{ createReducedState: unknown }>()
  return {
    get createReducedState() {
      code.loads++
      if (code.isGone) throw new Error('The file is gone.')
      return actual.createReducedState
    },
  }
})

beforeEach(async () => {
  await import('../../../src/client/delivery/reduced-state.ts')
  Object.assign(code, { loads: 0, isGone: false })
})

/** A state that is the ids of all messages; each load waits for its answer. */
function create() {
  const fake = createFakeEnvironment()
  const stream = {
    status: 'connecting' as EventStreamStatus,
    reason: null as EventStreamReason,
    lastEventId: '',
  }
  const loads: (LoadContext & { answer(answer: LoadedState<State>): Promise<void> })[] = []
  const errors: { code: string; cause?: unknown }[] = []
  const shown: unknown[] = []
  let loader = createLazyStateLoader<State, null>(
    fake.environment,
    stream,
    {
      load: (context) =>
        new Promise((resolve) => {
          const answer = (answered: LoadedState<State>): Promise<void> => {
            resolve(answered)
            return settle()
          }
          loads.push({ ...context, answer })
        }),
      on: { add: (state: State, id: string) => [...state, id] },
      call: (fn, ...args) => fn?.(...args),
      initial: null,
      onChange: () => void shown.push(loader?.isLoading),
      onError: (error) => void errors.push(error),
    },
    (loaded) => (loader = loaded),
  )
  return Object.assign(fake, {
    ...{ stream, loads, errors, shown },
    loader: () => loader,
    open() {
      stream.status = 'open'
      loader.onStreamChange('open')
      loader.onStreamChange()
    },
    end(status: EventStreamStatus, reason: EventStreamReason) {
      Object.assign(stream, { status, reason })
      loader.onStreamChange()
    },
    /** Messages with these ids, which are their data, too. */
    tell(...ids: string[]) {
      for (const id of ids) {
        stream.lastEventId = id
        loader.onMessage({ type: 'add', data: id, lastEventId: id }, true)
      }
    },
  })
}

describe('before its code is there', () => {
  it('a state is the initial one, and loads as soon as the stream is open', async () => {
    const { loader, open, loads, shown } = create()
    loader().onStreamChange()
    await settle()
    expect([loader().state, loader().isLoading, loader().error]).toEqual([null, false, null])
    expect([code.loads, loads.length]).toEqual([0, 0])
    open()
    expect(loader().isLoading).toBe(true)
    expect(shown.at(-1)).toBe(true)
    await settle()
    expect([code.loads, loads.length]).toEqual([1, 1])
    expect(loads[0]).toMatchObject({ reason: 'first' })
    expect(loader().isLoading).toBe(true)
  })

  it('messages are held, and those that the answer does not know are folded in their order', async () => {
    const { loader, open, tell, loads } = create()
    open()
    tell('1', '2', '3')
    await settle()
    tell('4')
    await loads[0]!.answer({ state: ['1'], lastEventId: '1' })
    expect(loader().state).toEqual(['1', '2', '3', '4'])
  })

  it('a gap makes what came before it count for nothing, but known', async () => {
    const { loader, open, tell, loads, stream } = create()
    open()
    tell('1', '2')
    loader().onStreamChange('no-id')
    stream.lastEventId = '2'
    tell('3')
    await settle()
    await loads.at(-1)!.answer({ state: [], lastEventId: '1' })
    expect(loader().error).toMatchObject({ code: 'load', message: 'It is out of date.' })
  })

  it('the cursor at a gap is that from which messages follow', async () => {
    const { loader, open, tell, loads } = create()
    open()
    tell('1', '2')
    loader().onStreamChange('late')
    tell('3', '4')
    await settle()
    await loads.at(-1)!.answer({ state: ['1', '2'], lastEventId: '2' })
    expect(loader().state).toEqual(['1', '2', '3', '4'])
  })

  it('another URL makes it all count for nothing', async () => {
    const { loader, open, tell, loads } = create()
    open()
    tell('1')
    loader().onStreamChange('first')
    tell('2')
    await settle()
    await loads.at(-1)!.answer({ state: [] })
    expect(loader().state).toEqual(['2'])
  })

  it('at most 10,000 messages are held, the newest', async () => {
    const { loader, open, tell, loads } = create()
    open()
    tell(...Array.from({ length: 10_001 }, (_, index) => `${index}`))
    await settle()
    await loads[0]!.answer({ state: [] })
    expect(loader().state).toHaveLength(9001)
    expect((loader().state as State).at(-1)).toBe('10000')
  })

  it('the end of the stream is the end of the wait', async () => {
    const { loader, open, end, loads, shown } = create()
    open()
    end('closed', 'user')
    expect([loader().isLoading, shown.at(-1)]).toEqual([false, false])
    await settle()
    expect(loads).toEqual([])
  })

  it('reload() loads whatever the stream does', async () => {
    const { loader, loads, end } = create()
    end('closed', 'user')
    loader().reload()
    expect(loader().isLoading).toBe(true)
    await settle()
    expect(loads).toHaveLength(1)
  })

  it('nothing follows stop()', async () => {
    const { loader, open, loads, live } = create()
    open()
    loader().stop()
    await settle()
    loader().reload()
    await settle()
    expect(loads).toEqual([])
    expect(live()).toEqual([])
  })
})

describe('a stream that ends before its code is there', () => {
  it.each<[EventStreamStatus, EventStreamReason]>([
    ['closed', 'complete'],
    ['closed', 'no-content'],
    ['failed', 'network'],
  ])('is loaded all the same: %s, %s', async (status, reason) => {
    const { loader, open, tell, end, loads } = create()
    open()
    tell('1')
    end(status, reason)
    await settle()
    expect(loads).toHaveLength(1)
    await loads[0]!.answer({ state: [], lastEventId: '' })
    expect(loader()).toMatchObject({ state: ['1'], isLoading: false, error: null })
  })

  it.each<[string, (test: ReturnType<typeof create>) => void]>([
    ['the app closes it', ({ end }) => end('closed', 'user')],
    ['it is disabled', ({ end }) => end('idle', 'disabled')],
    [
      'its URL changes',
      ({ loader, stream }) => {
        stream.status = 'connecting'
        loader().onStreamChange('first')
      },
    ],
  ])('is not loaded when %s, also where reload() was asked for', async (_, leave) => {
    const test = create()
    test.open()
    test.loader().reload()
    leave(test)
    await settle()
    expect(test.loads).toEqual([])
    expect(test.loader().isLoading).toBe(false)
  })
})

describe('code that cannot be loaded', () => {
  async function fail() {
    code.isGone = true
    const test = create()
    test.open()
    test.tell('1')
    await settle()
    return test
  }

  it('is an error of the code load, told once', async () => {
    const { loader, errors, loads, warnings, end } = await fail()
    expect(loader()).toMatchObject({ state: null, isLoading: false, error: { code: 'load' } })
    expect(errors).toEqual([loader().error])
    expect(errors[0]!.cause).toBeDefined()
    expect(warnings).toEqual([expect.stringContaining('load-failed')])
    expect(loads).toEqual([])
    end('reconnecting', 'network')
    await settle()
    expect(code.loads).toBe(1)
  })

  it.each<[string, (test: Awaited<ReturnType<typeof fail>>) => unknown]>([
    ['reload()', ({ loader }) => loader().reload()],
    ['an opening', ({ open }) => open()],
    ['five seconds', ({ advance }) => advance(5000)],
  ])('is tried again by %s, and nothing that came meanwhile is lost', async (_, retry) => {
    const test = await fail()
    code.isGone = false
    test.tell('2')
    await retry(test)
    await settle()
    await test.loads[0]!.answer({ state: ['0'], lastEventId: '0' })
    await test.advance(1000)
    expect(test.loader()).toMatchObject({ state: ['0', '1', '2'], isLoading: false, error: null })
  })

  it('is not tried again while the stream is not open, nor after stop()', async () => {
    const { end, open, loader, advance, live } = await fail()
    end('closed', 'user')
    await advance(60_000)
    expect(code.loads).toBe(1)
    open()
    await settle()
    expect(code.loads).toBe(2)
    loader().stop()
    expect(live()).toEqual([])
  })

  it('is tried again when a pause is over that lay over the time for it', async () => {
    const { end, loader, advance, loads, stream } = await fail()
    end('paused', 'user')
    await advance(5000)
    code.isGone = false
    stream.status = 'open'
    loader().onStreamChange()
    await settle()
    expect(loads).toHaveLength(1)
  })

  it('is no news of another URL', async () => {
    const { loader } = await fail()
    loader().onStreamChange('first')
    expect(loader().error).toBe(null)
  })
})
