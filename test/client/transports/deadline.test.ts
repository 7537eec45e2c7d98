// @vitest-environment node
/** The longest time that an answer may be without a byte. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { createDeadline } from '../../../src/client/transports/deadline.ts'
import { createTestAttempt } from './test-attempt.ts'
import type { EventStreamError } from '../../../src/protocol/errors.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { Deadline } from '../../../src/client/transports/deadline.ts'
import type { TestAttempt } from './test-attempt.ts'

interface TestDeadline extends TestAttempt {
  deadline: Deadline
  finish(value: unknown): void
  /** `pending`, or what the work came to. */
  result: unknown
}

function create(options?: ConnectionOptions): TestDeadline {
  const test = createTestAttempt(options)
  const deadline = createDeadline(test.attempt)
  let finish!: (value: unknown) => void
  const work = new Promise((resolve) => (finish = resolve))
  const created: TestDeadline = Object.assign(test, { deadline, finish, result: 'pending' })
  deadline.limit(work).then(
    (value) => (created.result = value),
    (error: unknown) => (created.result = error),
  )
  return created
}

const TIMEOUT = { code: 'connect-timeout', fatal: false }

describe('createDeadline', () => {
  it('gives what the work gives', async () => {
    const test = create()
    await test.advance(14_999)
    test.finish('done')
    await settle()
    test.deadline.stop()
    expect(test.result).toBe('done')
    expect(test.live()).toEqual([])
  })

  it('rejects as the work does', async () => {
    const { deadline } = create()
    const cause = new Error('lost')
    await expect(deadline.limit(Promise.reject(cause))).rejects.toBe(cause)
  })

  it.each([
    [undefined, 15_000],
    [200, 200],
  ])('is connectTimeout: %s', async (connectTimeout, limit) => {
    const test = create({ connectTimeout })
    await test.advance(limit - 1)
    expect(test.result).toBe('pending')
    await test.advance(1)
    expect(test.result).toMatchObject(TIMEOUT)
    expect((test.result as Error).message).toContain(`${limit} ms`)
    expect(test.live()).toEqual([])
  })

  it('is none where connectTimeout is 0', async () => {
    const test = create({ connectTimeout: 0 })
    test.deadline.extend()
    expect(test.live()).toEqual([])
    await test.advance(1_000_000)
    expect(test.result).toBe('pending')
  })

  it.each(['the attempt', 'stop'])('leaves nothing behind when it ends with %s', async (how) => {
    const test = createTestAttempt({ connectTimeout: 100 })
    const { signal } = test.controller
    const listeners = new Set<unknown>()
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void
    Object.assign(signal, {
      addEventListener(...args: unknown[]) {
        listeners.add(args[1])
        add(...args)
      },
      removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
    })
    const { limit, stop } = createDeadline(test.attempt)
    let result: unknown = 'pending'
    limit(new Promise(() => {})).catch((error: unknown) => (result = error))
    expect([test.live().length, listeners.size]).toEqual([1, 1])
    if (how === 'stop') stop()
    else test.controller.abort()
    expect([test.live().length, listeners.size]).toEqual([0, 0])
    await test.advance(1000)
    expect(result).toBe('pending')
  })

  it('says what may be behind it: not a proxy, since the answer ends', async () => {
    const test = create()
    await test.advance(15_000)
    expect((test.result as EventStreamError).hint).toMatch(/server.*longer connectTimeout/)
  })

  it('starts anew with every byte', async () => {
    const test = create({ connectTimeout: 100 })
    await test.advance(99)
    test.deadline.extend()
    await test.advance(99)
    expect(test.result).toBe('pending')
    expect(test.live()).toHaveLength(1)
    await test.advance(1)
    expect(test.result).toMatchObject(TIMEOUT)
  })

  it('does not count time in which nothing is wanted', async () => {
    const test = create({ connectTimeout: 100 })
    test.hold()
    await test.advance(100)
    expect(test.result).toBe('pending')
    await test.release()
    await test.advance(99)
    expect(test.result).toBe('pending')
    await test.advance(1)
    expect(test.result).toMatchObject(TIMEOUT)
  })

  it('is over with the attempt, also where the work goes on', () => {
    const test = create()
    expect(test.live()).toHaveLength(1)
    test.controller.abort()
    expect(test.live()).toEqual([])
  })

  it('limits all work from then on, and leaves no error behind that nobody handles', async () => {
    const test = create({ connectTimeout: 100 })
    test.finish('done')
    await test.advance(100)
    expect(test.result).toBe('done')
    await expect(test.deadline.limit(new Promise(() => {}))).rejects.toMatchObject(TIMEOUT)
  })
})
