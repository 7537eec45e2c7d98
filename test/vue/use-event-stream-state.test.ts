/** Events folded into one ref. */
import { beforeEach, describe, expect, it } from 'vitest'
import { effectScope, isRef, watch } from 'vue'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { startStream, warningsOf } from '../support/mount.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

interface Upload {
  progress: { percent: number }
  done: { url: string }
  bad: number
}

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

describe('useEventStreamState', () => {
  it('folds the messages of each type in order', async () => {
    const { stream } = await startStream<Upload>(environment)
    const log = useEventStreamState(stream, [] as string[], {
      progress: (lines, { percent }, { key }) => [...lines, `${key}: ${percent} %`],
      done: (lines, { url }, { lastEventId }) => [...lines, `${url} ${lastEventId}`],
    })
    await environment
      .last()
      .send(
        event('progress', { percent: 5 }),
        event('bad', 0),
        event('progress', { percent: 90 }),
        event('done', { url: '/file' }, 'end'),
      )
    await environment.frame()
    expect(log.value).toEqual(['1: 5 %', '3: 90 %', '/file end'])
  })

  it('starts with a value, or with what a function makes', async () => {
    const { stream } = await startStream<Upload>(environment)
    const made = { count: 0 }
    expect(useEventStreamState(stream, 7, {}).value).toBe(7)
    expect(useEventStreamState(stream, null, {}).value).toBeNull()
    expect(useEventStreamState(stream, () => made, {}).value).toBe(made)
  })

  it('is written once per flush, and the reducers run at once', async () => {
    const { stream } = await startStream<Upload>(environment)
    const seen: number[] = []
    const percents: number[] = []
    const percent = useEventStreamState(stream, 0, {
      progress(_, payload) {
        percents.push(payload.percent)
        return payload.percent
      },
    })
    watch(percent, (value) => seen.push(value), { flush: 'sync' })
    await environment
      .last()
      .send(event('progress', { percent: 1 }), event('progress', { percent: 2 }))
    expect([percents, percent.value]).toEqual([[1, 2], 0])
    await environment.frame()
    expect(seen).toEqual([2])
  })

  it('is readonly', async () => {
    const { stream } = await startStream<Upload>(environment)
    const state = useEventStreamState(stream, 1, {})
    expect(isRef(state)).toBe(true)
    const warnings = warningsOf(() => ((state as { value: number }).value = 2))
    expect(warnings.join()).toContain('readonly')
    expect(state.value).toBe(1)
  })

  it('stays as it is when a reducer throws, which is reported, and goes on', async () => {
    const errors: EventStreamError[] = []
    const { stream } = await startStream<Upload>(environment, {
      onError: (error) => errors.push(error),
    })
    const sum = useEventStreamState(stream, 0, {
      progress: (total, { percent }) => total + percent,
      bad() {
        throw new RangeError('bad')
      },
    })
    await environment
      .last()
      .send(event('progress', { percent: 1 }), event('bad', 0), event('progress', { percent: 2 }))
    await environment.frame()
    expect(sum.value).toBe(3)
    expect(errors).toMatchObject([{ code: 'handler', type: 'bad', cause: { message: 'bad' } }])
    expect(stream.status.value).toBe('open')
  })

  it('passes by reducers that are undefined, and those of a prototype', async () => {
    const { stream } = await startStream<Upload>(environment)
    const reducers = Object.assign(Object.create({ bad: () => -1 }) as object, {
      progress: undefined,
    })
    const state = useEventStreamState(stream, 1, reducers)
    await environment.last().send(event('progress', { percent: 1 }), event('bad', 0))
    await environment.frame()
    expect([state.value, environment.errors]).toEqual([1, []])
  })

  it('folds events named as members of objects', async () => {
    const { stream } = await startStream(environment)
    const reducers = Object.fromEntries(
      ['__proto__', 'constructor'].map((type) => [type, (total: number) => total + 1]),
    )
    const state = useEventStreamState(stream, 0, reducers)
    await environment.last().send(event('__proto__', {}), event('constructor', {}), event('x', {}))
    await environment.frame()
    expect(state.value).toBe(2)
  })

  it('ends with the scope that made it', async () => {
    const { stream } = await startStream<Upload>(environment)
    const own = effectScope(true)
    const count = own.run(() => useEventStreamState(stream, 0, { bad: (total) => total + 1 }))!
    await environment.last().send(event('bad', 0))
    await environment.frame()
    own.stop()
    await environment.last().send(event('bad', 0))
    await environment.frame()
    expect([count.value, stream.received.value]).toEqual([1, 2])
  })
})
