import { describe, expect, it } from 'vitest'
import { createSink, tallyOf } from '../../../bench/parsers/tally.ts'

const message = (data: string, lastEventId = '', type = 'message') => ({ data, type, lastEventId })
const messages = [message('one', '1'), message('two', '2')]

describe('tallyOf', () => {
  it('counts', () => {
    expect(tallyOf(messages).count).toBe(2)
  })

  it.each([
    ['order', [messages[1]!, messages[0]!]],
    ['a text', [message('one', '1'), message('twO', '2')]],
    ['an id', [message('one', '1'), message('two', '3')]],
    ['a missing id', [message('one', '1'), message('two')]],
    ['a type', [message('one', '1'), message('two', '2', 'other')]],
  ])('differs by %s', (_, others) => {
    expect(tallyOf(others).sum).not.toBe(tallyOf(messages).sum)
  })
})

describe('createSink', () => {
  it('starts anew when it is taken', () => {
    const sink = createSink()
    sink.add('one', 'message', '')
    sink.count(3)
    expect(sink.take().count).toBe(4)
    expect(sink.take()).toEqual({ count: 0, sum: 0 })
  })
})
