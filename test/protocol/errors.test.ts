/** The one class of errors, and how to know it. */
import { describe, expect, it, vi } from 'vitest'
import { EventStreamError, isEventStreamError } from '../../src/protocol/errors.ts'

describe('EventStreamError', () => {
  it('is an Error with a name, a code and a message', () => {
    const error = new EventStreamError('silence', 'Nothing came.')
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('EventStreamError')
    expect(error.code).toBe('silence')
    expect(error.message).toBe('Nothing came.')
    expect(String(error)).toBe('EventStreamError: Nothing came.')
    expect(error.stack).toContain('errors.test.ts')
  })

  it('is not fatal and says nothing more unless told', () => {
    const error = new EventStreamError('network', 'x')
    const { status, attempt, url, type, raw, body, problem, cause } = error
    expect(error.fatal).toBe(false)
    const details = [status, attempt, url, type, raw, body, problem, cause]
    expect(details).toEqual(Array(8).fill(undefined))
    expect(new Set(Object.keys(error))).toEqual(new Set(['name', 'code', 'fatal']))
  })

  it('keeps every detail', () => {
    const details = {
      ...{ fatal: true, status: 503, attempt: 2, url: '/events', type: 't', raw: '{' },
      ...{ body: '{"title":"Down"}', problem: { title: 'Down' } },
    }
    expect(new EventStreamError('http-status', 'x', details)).toMatchObject(details)
  })

  it('is not another code or message because its details say so: they may be another error', () => {
    const cause = new EventStreamError('http-status', 'a', { status: 503, fatal: true })
    const error = new EventStreamError('attempts-exhausted', 'b', { ...cause, cause })
    expect(error).toMatchObject({ code: 'attempts-exhausted', message: 'b', status: 503, cause })
    expect(error.name).toBe('EventStreamError')
  })

  it('keeps its cause as errors do, and has none of its own when there is none', () => {
    const cause = new TypeError('why')
    const error = new EventStreamError('network', 'x', { cause })
    expect(error.cause).toBe(cause)
    expect(Object.keys(error)).not.toContain('cause')
    expect(new EventStreamError('network', 'x', { cause: null })).toHaveProperty('cause', null)
    expect(new EventStreamError('network', 'x').cause).toBeUndefined()
  })

  it('is not fatal when that is left undefined', () => {
    expect(new EventStreamError('network', 'x', { fatal: undefined }).fatal).toBe(false)
  })
})

describe('isEventStreamError', () => {
  it('knows an error of this copy of the library', () => {
    expect(isEventStreamError(new EventStreamError('decode', 'x'))).toBe(true)
  })

  it('knows an error of another copy of the library', async () => {
    vi.resetModules()
    const copy = await import('../../src/protocol/errors.ts')
    const error = new copy.EventStreamError('decode', 'x')
    expect(error).not.toBeInstanceOf(EventStreamError)
    expect(isEventStreamError(error)).toBe(true)
  })

  it.each([
    ['another error', new Error('x')],
    ['an error with a code', Object.assign(new Error('x'), { code: 'network' })],
    ['an object that looks like one', { name: 'EventStreamError', code: 'network', message: 'x' }],
    ['a text', 'EventStreamError'],
    ['null', null],
    ['undefined', undefined],
  ])('does not take %s for one', (_, value) => {
    expect(isEventStreamError(value)).toBe(false)
  })
})
