// @vitest-environment node
import { describe, expect, it, vi } from 'vitest'
import { isThenable, survive } from '../../../src/client/delivery/survive.ts'
import { settle } from '../../support/settle.ts'

describe('survive', () => {
  const failure = new Error('failure')

  it('gives what the function returns for its arguments', () => {
    const onFailure = vi.fn<(cause: unknown) => void>()
    expect(survive((a: number, b: number) => a + b, [1, 2], onFailure)).toBe(3)
    expect(survive(undefined, [], onFailure)).toBe(undefined)
    expect(onFailure).not.toHaveBeenCalled()
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
    ['rejects without being a promise', () => ({ then: (_: unknown, no: any) => no(failure) })],
    [
      'throws when it is waited for',
      () => ({
        get then() {
          return () => {
            throw failure
          }
        },
      }),
    ],
  ])('tells of a function that %s', async (_, fn) => {
    const onFailure = vi.fn<(cause: unknown, args: unknown[]) => void>()
    const args: [] = []
    survive(fn, args, onFailure)
    await settle()
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(failure, args)
  })
})

describe('isThenable', () => {
  it.each([Promise.resolve(), { then() {} }, Object.assign(() => {}, { then() {} })])(
    'says yes to %s',
    (value) => {
      expect(isThenable(value)).toBe(true)
    },
  )

  it.each([undefined, null, 0, '', 'then', true, {}, { then: 1 }, () => {}])(
    'says no to %s',
    (value) => {
      expect(isThenable(value)).toBe(false)
    },
  )
})
