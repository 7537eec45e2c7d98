/** How the plugin's defaults and a stream's own options become one. */
import { describe, expect, it } from 'vitest'
import { mergeOptions } from '../../src/vue/options.ts'
import type { EventStreamsOptions, UseEventStreamOptions } from '../../src/vue/options.ts'

describe('mergeOptions', () => {
  it('takes what only one of them has', () => {
    const onOpen = (): void => {}
    const merged = mergeOptions({ baseURL: '/api', credentials: 'include' }, { onOpen, flush: 5 })
    expect(merged).toMatchObject({ baseURL: '/api', credentials: 'include', onOpen, flush: 5 })
  })

  it('takes the own one of two, whole', () => {
    const merged = mergeOptions(
      { queue: { capacity: 5 }, reconnect: { maxAttempts: 3, jitter: 0 }, enabled: false },
      { queue: { overflow: 'drop-newest' }, reconnect: { maxAttempts: 1 }, enabled: true },
    )
    expect(merged.queue).toEqual({ overflow: 'drop-newest' })
    expect(merged.reconnect).toEqual({ maxAttempts: 1 })
    expect(merged.enabled).toBe(true)
  })

  it('takes false, 0, null and the empty text for options', () => {
    const merged = mergeOptions(
      { immediate: true, connectTimeout: 5, body: 'app', baseURL: '/api' },
      { immediate: false, connectTimeout: 0, body: null, baseURL: '' },
    )
    expect(merged).toMatchObject({ immediate: false, connectTimeout: 0, body: null, baseURL: '' })
  })

  it('does not take undefined for one', () => {
    const merged = mergeOptions(
      { baseURL: '/api', enabled: false },
      { baseURL: undefined, enabled: undefined, on: undefined },
    )
    expect(merged).toMatchObject({ baseURL: '/api', enabled: false })
  })

  it('keeps both headers, the own ones on top', () => {
    const headers = (): HeadersInit => ({})
    const own = { 'X-Own': 'a' }
    expect(mergeOptions({ headers }, { headers: own })).toMatchObject({
      baseHeaders: headers,
      headers: own,
    })
    expect(mergeOptions({ headers }, {})).toMatchObject({
      baseHeaders: headers,
      headers: undefined,
    })
    expect(mergeOptions({}, { headers: own })).toMatchObject({
      baseHeaders: undefined,
      headers: own,
    })
  })

  it('puts environments together, member by member', () => {
    const [now, random, reportError] = [() => 1, () => 0.5, () => {}]
    const merged = mergeOptions(
      { environment: { now: () => 0, reportError } },
      { environment: { now, random } },
    )
    expect(merged.environment).toEqual({ now, random, reportError })
  })

  it.each([
    ['GET', { initialDelay: 1 }],
    ['head', { initialDelay: 1 }],
    ['POST', undefined],
    ['put', undefined],
    ['PATCH', undefined],
    ['DELETE', undefined],
    [undefined, { initialDelay: 1 }],
  ])('has %s repeated by the app only if it may be', (method, expected) => {
    expect(mergeOptions({ reconnect: { initialDelay: 1 } }, { method }).reconnect).toEqual(expected)
    expect(mergeOptions({ reconnect: { initialDelay: 1 }, method }, {}).reconnect).toEqual(expected)
    expect(mergeOptions({}, { method, reconnect: true }).reconnect).toBe(true)
  })

  it('has a POST gone on with as the app says, where it says how by itself', () => {
    const resume = { request: () => ({ url: '/rest' }) }
    const reconnectOf = (app: EventStreamsOptions, own: UseEventStreamOptions = {}): unknown =>
      mergeOptions({ ...app, method: 'POST' }, { resume, ...own }).reconnect
    expect(reconnectOf({ reconnect: { initialDelay: 1 } })).toEqual({ initialDelay: 1 })
    expect(reconnectOf({ reconnect: false })).toBe(false)
    expect(reconnectOf({ reconnect: { jitter: 0 } }, { reconnect: { jitter: 1 } })).toEqual({
      jitter: 1,
    })
    // This would send the POST itself again.
    expect(reconnectOf({ reconnect: true })).toBeUndefined()
    expect(reconnectOf({ reconnect: true }, { reconnect: true })).toBe(true)
  })

  it('changes neither of them', () => {
    const defaults = Object.freeze({ method: 'POST', reconnect: true })
    const own = Object.freeze({ headers: {} })
    mergeOptions(defaults, own)
    expect([defaults, own]).toEqual([{ method: 'POST', reconnect: true }, { headers: {} }])
  })
})
