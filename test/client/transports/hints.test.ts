// @vitest-environment node
/** What is most likely behind a failure. */
import { describe, expect, it } from 'vitest'
import { BUFFERED, hintOfEnd, hintOfType } from '../../../src/client/transports/hints.ts'

const CACHED = expect.stringContaining('no-store')
const FINISHED = expect.stringContaining('Content-Length')

describe('hintOfEnd', () => {
  const hintOf = (headers: Record<string, string>): string | undefined =>
    hintOfEnd(new Headers(headers))

  it('is none where nothing gives the cause away', () => {
    expect(hintOf({})).toBe(undefined)
    expect(hintOf({ 'Content-Type': 'text/event-stream', Date: 'now' })).toBe(undefined)
  })

  it.each<[string, string]>([
    ['Age', '1'],
    ['Age', '86400'],
    ['X-Cache', 'HIT'],
    ['X-Cache', 'Hit from cloudfront'],
    ['X-Cache', 'HIT, MISS'],
    ['X-Cache-Status', 'hit'],
    ['CF-Cache-Status', 'HIT'],
    ['X-Proxy-Cache', 'HIT'],
    ['Cache-Status', 'edge; hit; ttl=30'],
  ])('sees a cache in %s: %s', (name, value) => {
    expect(hintOf({ [name]: value })).toEqual(CACHED)
  })

  it.each<[string, string]>([
    ['Age', '0'],
    ['Age', 'old'],
    ['X-Cache', 'MISS'],
    ['X-Cache', 'white'],
    ['X-Cache', ''],
    ['CF-Cache-Status', 'DYNAMIC'],
    ['X-Cached-By', 'HIT'],
    ['Cache-Status', 'edge; fwd=miss'],
  ])('sees none in %s: %s', (name, value) => {
    expect(hintOf({ [name]: value })).toBe(undefined)
  })

  it('sees a finished document in a length, but a cache first', () => {
    expect(hintOf({ 'Content-Length': '0' })).toEqual(FINISHED)
    expect(hintOf({ 'Content-Length': '20', Age: '3' })).toEqual(CACHED)
  })
})

describe('hintOfType', () => {
  it.each(['text/html', 'text/html; charset=utf-8', 'application/xhtml+xml', 'TEXT/HTML'])(
    'takes %s for a page',
    (type) => {
      expect(hintOfType(type, 'text/event-stream')).toMatch(/^An HTML page came/)
    },
  )

  it.each(['text/plain', 'application/json', 'of no type'])(
    'asks for a stream in place of %s',
    (type) => {
      const hint = 'Send Content-Type: text/event-stream.'
      expect(hintOfType(type, 'text/event-stream')).toBe(hint)
    },
  )

  it('asks for the first of the types that are taken', () => {
    const hint = 'Send Content-Type: application/json.'
    expect(hintOfType('text/plain', 'application/json, text/event-stream;q=0.5')).toBe(hint)
  })
})

describe('BUFFERED', () => {
  it('says what to turn off, and how', () => {
    expect(BUFFERED).toMatch(/turn buffering by a proxy off.*X-Accel-Buffering: no/)
  })
})
