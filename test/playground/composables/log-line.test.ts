import { describe, expect, it } from 'vitest'
import { createLineDecoder, splitByHits } from '../../../playground/composables/log-line.ts'

const decode = (text: string, decoder = createLineDecoder()) => decoder(JSON.stringify({ text }))

describe('createLineDecoder', () => {
  it.each([
    ['2026-11-21T14:05:09.123Z ERROR it broke', 'error', '14:05:09.123', 'it broke'],
    ['2026-11-21 14:05:09,123 WARN  careful', 'warn', '14:05:09,123', 'careful'],
    ['[2026-11-21T14:05:09+01:00] [error] it broke', 'error', '14:05:09', 'it broke'],
    ['2026-11-21T14:05:09.123456789Z INFO fine', 'info', '14:05:09.123', 'fine'],
    ['warning: deprecated', 'warn', '', 'deprecated'],
    ['DEBUG: a', 'debug', '', 'a'],
    ['time=x level=error msg="no"', 'error', '', 'time=x level=error msg="no"'],
    ['{"level":"fatal","msg":"no"}', 'error', '', '{"level":"fatal","msg":"no"}'],
    ['worker 7 CRITICAL no memory', 'error', '', 'worker 7 CRITICAL no memory'],
    ['2026-11-21T14:05:09Z INFO no ERROR here', 'info', '14:05:09', 'no ERROR here'],
    ['there was no error at all', 'info', '', 'there was no error at all'],
    ['errors are fine', 'info', '', 'errors are fine'],
    ['information for you', 'info', '', 'information for you'],
    ['GET /error 200', 'info', '', 'GET /error 200'],
    ['', 'info', '', ''],
  ])('reads %j', (raw, level, time, text) => {
    expect(decode(raw)).toEqual({ raw, level, time, text, more: 0 })
  })

  it('gives a stack trace the level of the line before it', () => {
    const decoder = createLineDecoder()
    const levels = [
      ...['ERROR it broke', '    at charge (billing.js:41)', 'Caused by: x', '    at y'],
      ...['next', '  of it'],
    ].map((text) => decode(text, decoder).level)
    expect(levels).toEqual(['error', 'error', 'error', 'error', 'info', 'info'])
  })

  it('says how much was cut off', () => {
    expect(createLineDecoder()('{"text":"long","more":7}').more).toBe(7)
  })
})

describe('splitByHits', () => {
  it('finds every hit in any case, and leaves the text as it is', () => {
    const pieces = splitByHits('Order and order', 'order')
    expect(pieces).toEqual([
      { text: 'Order', isHit: true },
      { text: ' and ', isHit: false },
      { text: 'order', isHit: true },
    ])
    expect(splitByHits('nothing', 'x')).toEqual([{ text: 'nothing', isHit: false }])
    expect(splitByHits('all', '')).toEqual([{ text: 'all', isHit: false }])
  })

  it('marks nothing where letters change their number', () => {
    expect(splitByHits('İx', 'x')).toEqual([{ text: 'İx', isHit: false }])
  })
})
