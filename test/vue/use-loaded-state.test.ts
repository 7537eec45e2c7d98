/** A loaded state as refs, on a stream. (What is loaded when: test/client/delivery/loaded-state.test.ts.) */
import { flushPromises } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { effectScope, nextTick, ref, watch, watchEffect } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, startStream, warningsOf } from '../support/mount.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'
import type { LoadContext, LoadedState } from '../../src/client/delivery/loaded-state.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { UseLoadedStateReturn } from '../../src/vue/use-loaded-state.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

interface Tasks {
  add: string
  bad: number
  other: number
}

interface Load extends LoadContext {
  answer(state: string[], lastEventId?: string): Promise<unknown>
  fail(cause: unknown): Promise<unknown>
}

let environment: ControlledEnvironment
let loads: Load[]
// The parts that are loaded on demand are there: loading them takes many turns of the event loop.
beforeAll(async () => {
  await import('../../src/client/sharing/shared-streams.ts')
  await import('../../src/client/delivery/reduced-state.ts')
})
beforeEach(() => {
  environment = createControlledEnvironment()
  loads = []
})

function load(context: LoadContext): Promise<LoadedState<string[]>> {
  return new Promise((resolve, reject) => {
    loads.push({
      ...context,
      answer(state, lastEventId) {
        resolve({ state, lastEventId })
        return flushPromises()
      },
      fail(cause) {
        reject(cause)
        return flushPromises()
      },
    })
  })
}

const add = (state: string[], text: string): string[] => [...state, text]

function useTasks(stream: UseEventStreamReturn<Tasks>): UseLoadedStateReturn<string[] | undefined> {
  return useEventStreamState(stream, { load, on: { add } })
}

async function startTasks(options = {}) {
  const { stream, scope } = await startStream<Tasks>(environment, options)
  const tasks = scope.run(() => useTasks(stream))!
  return { stream, scope, ...tasks }
}

describe('useEventStreamState with load', () => {
  it('gives readonly refs of what is loaded, and of what messages make of it', async () => {
    const { state, isLoading, error } = await startTasks()
    const warnings = warningsOf(() => Object.assign(state, { value: ['mine'] }))
    expect(warnings.join()).toContain('readonly')
    expect([state.value, isLoading.value, error.value]).toEqual([undefined, false, null])
    await environment.last().answer()
    expect(isLoading.value).toBe(true)
    await environment.last().send(event('add', 'b', '1'), event('other', 1, '2'))
    await loads[0]!.answer(['a'])
    expect([state.value, isLoading.value]).toEqual([['a', 'b'], false])
  })

  it('shows an answer together with the end of its load, and messages once per flush', async () => {
    const { state, isLoading } = await startTasks()
    await environment.last().answer()
    const shown: unknown[] = []
    const stop = watch(isLoading, (now) => shown.push([now, state.value]), { flush: 'sync' })
    await loads[0]!.answer(['a'])
    stop()
    expect(shown).toEqual([[false, ['a']]])
    await environment.last().send(event('add', 'b'), event('add', 'c'))
    expect(state.value).toEqual(['a'])
    await environment.frame()
    expect(state.value).toEqual(['a', 'b', 'c'])
  })

  it('shows the initial value, or what a function makes, until it is loaded', async () => {
    const { stream } = await startStream<Tasks>(environment)
    const given = useEventStreamState(stream, { load, on: { add }, initial: 7 })
    const made = useEventStreamState(stream, { load, on: { add }, initial: () => null })
    expect([given.state.value, made.state.value]).toEqual([7, null])
    await environment.last().answer()
    await loads[0]!.answer(['a'])
    expect([given.state.value, made.state.value]).toEqual([['a'], null])
  })

  it('knows ids of messages that it does not fold, and of those that a function finds', async () => {
    const { state } = await startTasks({
      getEventId: ({ data }: { data: unknown }) => (data as string).slice(-1),
    })
    await environment.last().send(event('add', 'a1'), event('other', 'x2'), event('add', 'b3'))
    await loads[0]!.answer(['s'], '2')
    expect(state.value).toEqual(['s', 'b3'])
  })

  it('is there for a stream that is open already', async () => {
    const { stream, scope } = await startStream<Tasks>(environment)
    await environment.last().send(event('add', 'before', '1'))
    const { state, isLoading } = scope.run(() => useTasks(stream))!
    expect(isLoading.value).toBe(true)
    await flushPromises()
    expect(loads).toMatchObject([{ reason: 'first', lastEventId: '1' }])
    await environment.last().send(event('add', 'b', '2'))
    await loads[0]!.answer(['a'], '1')
    expect(state.value).toEqual(['a', 'b'])
  })

  it('is loaded again on a gap of the stream, and not after a resume', async () => {
    const { state } = await startTasks({ resume: { gapEvent: 'other' } })
    await environment.last().send(event('add', 'b', '1'))
    await loads[0]!.answer(['a'], '0')
    await environment.last().end()
    await environment.advance(1000)
    await environment.last().send(event('add', 'c', '2'))
    await environment.advance(1000)
    expect(loads).toHaveLength(1)
    await environment.last().send(event('other', 0), event('add', 'z', '9'))
    expect(loads.map(({ reason }) => reason)).toEqual(['first', 'server'])
    await environment.frame()
    expect(state.value).toEqual(['a', 'b', 'c'])
    await loads[1]!.answer(['y'], '8')
    await environment.advance(1000)
    expect(state.value).toEqual(['y', 'z'])
  })

  it('is loaded again when a stream comes back that had brought nothing, and so has no cursor', async () => {
    await startTasks()
    await environment.last().answer()
    await loads[0]!.answer([])
    await environment.last().end()
    await environment.advance(1000)
    await environment.last().answer()
    expect(loads.map(({ reason }) => reason)).toEqual(['first', 'no-id'])
  })

  it('shows nothing of one URL under another', async () => {
    const url = ref('/a')
    const { result } = runInScope(() =>
      useTasks(useEventStream<Tasks>(url, { environment, resume: {} })),
    )
    await flushPromises()
    await environment.last().answer()
    await loads[0]!.answer(['of a'])
    result.reload()
    await flushPromises()
    url.value = '/b'
    expect(result.state.value).toBeUndefined()
    expect(loads[1]!.signal.aborted).toBe(true)
    await flushPromises()
    await environment.last().answer()
    expect(loads[2]).toMatchObject({ reason: 'first' })
    await loads[2]!.answer(['of b'])
    await loads[1]!.answer(['of a'])
    expect(result.state.value).toEqual(['of b'])
  })

  it('is kept by a change of the URL that keeps the position', async () => {
    const url = ref('/a')
    const { result } = runInScope(() =>
      useTasks(useEventStream<Tasks>(url, { environment, resume: { key: 'tasks' } })),
    )
    await flushPromises()
    await environment.last().send(event('add', 'b', '1'))
    await loads[0]!.answer(['a'], '0')
    await environment.advance(1000)
    url.value = '/a?token=2'
    await flushPromises()
    await environment.last().send(event('add', 'c', '2'))
    await environment.frame()
    expect([result.state.value, loads.length]).toEqual([['a', 'b', 'c'], 1])
  })

  it('is loaded on after close() and open(), and not again when it was loaded', async () => {
    const { stream, state } = await startTasks()
    await environment.last().send(event('add', 'b', '1'))
    stream.close()
    expect(loads[0]!.signal.aborted).toBe(true)
    stream.open()
    await flushPromises()
    await environment.last().answer()
    await environment.advance(1000)
    expect(loads).toHaveLength(2)
    await loads[1]!.answer(['a'], '0')
    await environment.advance(1000)
    stream.close()
    stream.open()
    await flushPromises()
    await environment.last().send(event('add', 'c', '2'))
    await environment.frame()
    expect([state.value, loads.length]).toEqual([['a', 'b', 'c'], 2])
  })

  it('ends with the scope that made it, and leaves nothing', async () => {
    const { stream, scope } = await startStream<Tasks>(environment)
    await environment.last().answer()
    const own = effectScope(true)
    const { state, reload } = own.run(() => useTasks(stream))!
    await flushPromises()
    own.stop()
    expect(loads[0]!.signal.aborted).toBe(true)
    await loads[0]!.answer(['a'])
    reload()
    await environment.last().send(event('add', 'b'))
    await environment.frame()
    expect([state.value, loads.length, stream.status.value]).toEqual([undefined, 1, 'open'])
    scope.stop()
    await flushPromises()
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('tells a failing load to onError and in error, and leaves no timer at the end', async () => {
    const errors: EventStreamError[] = []
    const { error, state, scope } = await startTasks({
      onError: (told: EventStreamError) => errors.push(told),
    })
    await environment.last().answer()
    await loads[0]!.fail(new Error('down'))
    expect(errors).toMatchObject([{ code: 'load', attempt: 1, cause: { message: 'down' } }])
    expect(error.value).toBe(errors[0])
    await environment.advance(1000)
    await loads[1]!.answer(['a'])
    expect([error.value, state.value]).toEqual([null, ['a']])
    scope.stop()
    expect(environment.live().timers).toBe(0)
  })

  it('survives an onError that throws, and is heard without one', async () => {
    const { stream, error } = await startTasks({
      onError() {
        throw new Error('mine')
      },
    })
    await environment.last().answer()
    await loads[0]!.fail(1)
    expect(environment.errors).toMatchObject([{ message: 'mine' }])
    expect([error.value?.code, stream.status.value]).toEqual(['load', 'open'])
  })

  it('stays as it is when a reducer throws, which is reported, and goes on', async () => {
    const errors: EventStreamError[] = []
    const { stream, scope } = await startStream<Tasks>(environment, {
      onError: (error) => errors.push(error),
    })
    const { state } = scope.run(() =>
      useEventStreamState(stream, {
        load,
        on: {
          add,
          bad() {
            throw new RangeError('bad')
          },
          other: undefined,
        },
      }),
    )!
    await environment.last().send(event('bad', 0), event('other', 0), event('add', 'b'))
    await loads[0]!.answer(['a'])
    await environment.last().send(event('bad', 0), event('add', 'c'))
    await environment.frame()
    expect(state.value).toEqual(['a', 'b', 'c'])
    expect(errors.map(({ code, type }) => [code, type])).toEqual([
      ['handler', 'bad'],
      ['handler', 'bad'],
    ])
  })

  it('folds events named as members of objects, and none of a prototype', async () => {
    const { stream, scope } = await startStream(environment)
    const { state } = scope.run(() =>
      useEventStreamState(stream, {
        load: () => ({ state: 0 }),
        on: Object.fromEntries(
          ['__proto__', 'constructor'].map((type) => [type, (total: number) => total + 1]),
        ),
      }),
    )!
    await environment.last().answer()
    await environment
      .last()
      .send(event('__proto__', 1), event('constructor', 1), event('toString', 1))
    await environment.frame()
    expect(state.value).toBe(2)
  })

  it('gives reducers the whole message', async () => {
    const { stream, scope } = await startStream<Tasks>(environment)
    const { state } = scope.run(() =>
      useEventStreamState(stream, {
        load: () => ({ state: '' }),
        on: { add: (_, text, { key, lastEventId }) => `${text} ${key} ${lastEventId}` },
      }),
    )!
    await environment.last().send(event('other', 0), event('add', 'b', '7'))
    await environment.frame()
    expect(state.value).toBe('b 2 7')
  })

  it('loads untracked', async () => {
    const { stream } = await startStream<Tasks>(environment)
    await environment.last().answer()
    const page = ref(1)
    let runs = 0
    let asked = 0
    runInScope(() => {
      watchEffect(() => {
        runs++
        const { reload } = useEventStreamState(stream, {
          load: () => ({ state: (asked += page.value) }),
          on: {},
        })
        reload()
      })
    })
    await flushPromises()
    expect(asked).toBe(1)
    page.value = 2
    await nextTick()
    expect(runs).toBe(1)
  })

  it('starts with what a shared stream remembers when it comes late', async () => {
    const members = Object.entries(environment)
    const platform = Object.fromEntries(
      members.filter(([, member]) => typeof member === 'function'),
    )
    const open = async () => {
      const scope = effectScope(true)
      onTestFinished(() => scope.stop())
      const stream = mounted.wrapper.vm.$.appContext.app.runWithContext(() =>
        scope.run(() => useEventStream<Tasks>('/tasks', { share: 'app' })),
      )!
      const tasks = scope.run(() => useTasks(stream))!
      await flushPromises()
      return tasks
    }
    const plugin = createEventStreams({ environment: platform, flush: 'sync' })
    const mounted = mountSetup(() => ({}), '<i />', [plugin])
    const first = await open()
    await environment.last().send(event('add', 'b', '1'), event('add', 'c', '2'))
    await loads[0]!.answer(['a'], '0')
    await environment.advance(1000)
    const late = await open()
    expect([environment.requests.length, loads.length]).toEqual([1, 2])
    await environment.last().send(event('add', 'd', '3'))
    await loads[1]!.answer(['a', 'b', 'c'], '2')
    expect([first.state.value, late.state.value]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ])
  })
})
