// @vitest-environment node
/** Calls to the app: what becomes of what its functions return and throw. */
import { describe, expect, it, vi } from 'vitest'
import { createAppCalls } from '../../../src/client/delivery/app-calls.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import type { AppCalls } from '../../../src/client/delivery/app-calls.ts'

const FAILURE = new Error('failure')

interface TestCalls extends AppCalls {
  readonly errors: EventStreamError[]
  readonly reported: unknown[]
  readonly logged: string[]
}

function start(onError?: (error: EventStreamError) => unknown): TestCalls {
  const { environment, reported } = createFakeEnvironment()
  const errors: EventStreamError[] = []
  const logged: string[] = []
  const own =
    onError &&
    ((error: EventStreamError) => {
      errors.push(error)
      return onError(error)
    })
  const calls = createAppCalls(own, environment, (text) => logged.push(text))
  return { ...calls, errors, reported, logged }
}

const throwing = (): never => {
  throw FAILURE
}
const rejecting = async (): Promise<never> => throwing()

describe('createAppCalls', () => {
  describe('call', () => {
    it('gives what the function returns for its arguments', () => {
      const { call } = start()
      expect(call((a: number, b: number) => a + b, 1, 2)).toBe(3)
    })

    it('does nothing where there is no function', () => {
      expect(start().call(undefined)).toBe(undefined)
    })

    it.each([
      ['throws', throwing],
      ['rejects', rejecting],
    ])('tells onError of a function that %s, and returns', async (_, fn: () => unknown) => {
      const { call, errors, reported, logged } = start(() => {})
      expect(() => call(fn)).not.toThrow()
      await settle()
      expect(errors).toHaveLength(1)
      expect(errors[0]).toBeInstanceOf(EventStreamError)
      expect(errors[0]).toMatchObject({ code: 'handler', fatal: false, cause: FAILURE })
      expect([reported, logged]).toEqual([[], ['error: handler']])
    })

    it.each([
      ['throws', throwing],
      ['rejects', rejecting],
    ])('gives what it %s to the platform where there is no onError', async (_, fn) => {
      const { call, reported } = start()
      call(fn as () => unknown)
      await settle()
      expect(reported).toEqual([FAILURE])
    })

    it('names the type of the message, which is the last argument', () => {
      const { call, errors } = start(() => {})
      const message = { type: 'a', data: { type: 'b' }, lastEventId: '', key: 1 }
      call(throwing as (...args: unknown[]) => void, message.data, message)
      call(throwing as (...args: unknown[]) => void, message)
      call(throwing)
      call(throwing as (...args: unknown[]) => void, null)
      call(throwing as (...args: unknown[]) => void, 'text')
      expect(errors.map(({ type }) => type)).toEqual(['a', 'a', undefined, undefined, undefined])
    })

    it('calls on after a failure', () => {
      const { call } = start()
      call(throwing)
      expect(call(() => 1)).toBe(1)
    })
  })

  describe('onError', () => {
    it('hears an error, which is noted in the log', () => {
      const { onError, errors, logged } = start(() => {})
      const error = new EventStreamError('network', 'gone')
      onError(error)
      expect([errors, logged]).toEqual([[error], ['error: network']])
    })

    it('need not be there: the errors of the stream are in its state', () => {
      const { onError, reported, logged } = start()
      onError(new EventStreamError('network', 'gone'))
      expect([reported, logged]).toEqual([[], ['error: network']])
    })

    it.each([
      ['throws', throwing],
      ['rejects', rejecting],
    ])('that %s is reported to the platform, and is not called for that', async (_, fn) => {
      const { onError, errors, reported } = start(fn)
      onError(new EventStreamError('network', 'gone'))
      await settle()
      expect([errors.length, reported]).toEqual([1, [FAILURE]])
    })

    it('that throws for a failing handler is reported as well, once', () => {
      const { call, errors, reported } = start(throwing)
      call(throwing)
      expect([errors.length, reported]).toEqual([1, [FAILURE]])
    })
  })

  it('can do without a log', () => {
    const own = vi.fn<(error: EventStreamError) => void>()
    const { onError } = createAppCalls(own, createFakeEnvironment().environment, undefined)
    onError(new EventStreamError('network', 'gone'))
    expect(own).toHaveBeenCalledOnce()
  })
})
