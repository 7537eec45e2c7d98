// @vitest-environment node
/** What is a message of a tab, and what is not. */
import { describe, expect, it } from 'vitest'
import {
  flattenChunk,
  isOfLeader,
  readTabMessage,
  unflattenChunk,
} from '../../../src/client/tabs/tab-messages.ts'
import { SHARED } from '../../support/fake-browser-tab.ts'
import type { TabMessage } from '../../../src/client/tabs/tab-messages.ts'

const state = SHARED
const at = { term: 5, seq: 2 }
const chunk = { term: 5, seq: 1, entries: ['message', '1', 'a', true, null, '', 'b', true] }

const MESSAGES: TabMessage[] = [
  { kind: 'hello', from: 'a', at, lastEventId: 'b', opens: false },
  { kind: 'hello', from: 'a', at, lastEventId: '', opens: true },
  { kind: 'welcome', to: 'a', term: 5, at, after: at, lastEventId: '', state, chunks: [chunk] },
  { kind: 'welcome', to: 'a', term: 5, at, after: at, lastEventId: '', state, chunks: null },
  { kind: 'lead', term: 5, at, state },
  { kind: 'chunk', ...chunk },
  { kind: 'state', term: 5, state },
  { kind: 'ping', from: 'a' },
  { kind: 'pong', term: 5 },
  { kind: 'bye', term: 5 },
  { kind: 'want', command: 'hurry' },
  { kind: 'want', command: 'reconnect' },
]

describe('readTabMessage', () => {
  it.each(MESSAGES)('takes $kind', (message) => {
    expect(readTabMessage(structuredClone(message))).toEqual(message)
    expect(readTabMessage({ ...message, more: 1 })).toBeDefined()
  })

  it.each(MESSAGES)('takes no $kind with a field that is missing or wrong', (message) => {
    for (const name of Object.keys(message)) {
      const { [name as 'kind']: _, ...rest } = message
      expect(readTabMessage(rest)).toBeUndefined()
      for (const wrong of [Symbol(), { term: 1 }, { term: 1, seq: '1' }, -1, 0.5, [1]]) {
        expect(readTabMessage({ ...message, [name]: wrong })).toBeUndefined()
      }
    }
  })

  it.each([null, undefined, 1, 'ping', [], ['ping'], {}, { kind: 1 }, { kind: 'toString' }])(
    'takes no %j',
    (data) => {
      expect(readTabMessage(data)).toBeUndefined()
    },
  )

  it('takes no entries that are cut off, or of other types', () => {
    for (const entries of [
      ['message', '1', 'a'],
      [1, '1', 'a', true],
      ['m', 1, 'a', true],
      ['m', '1', null, true],
      ['m', '1', 'a', 1],
      Array.from({ length: 4 }),
      Array(4),
    ]) {
      expect(readTabMessage({ ...chunk, kind: 'chunk', entries })).toBeUndefined()
    }
  })

  it('takes no welcome with holes in it', () => {
    const [, , welcome] = MESSAGES
    expect(readTabMessage({ ...welcome, chunks: Array(1) })).toBeUndefined()
  })
})

describe('a chunk', () => {
  it('is flat on its way', () => {
    const full = {
      ...{ term: 5, seq: 1 },
      entries: [
        { type: 'message', data: '1', id: 'a', hasOwnId: true },
        { type: null, data: '', id: 'b', hasOwnId: true },
      ],
    }
    expect(flattenChunk(full)).toEqual(chunk)
    expect(unflattenChunk(chunk)).toEqual(full)
  })
})

describe('isOfLeader', () => {
  it('is so for what has a term', () => {
    expect(MESSAGES.filter(isOfLeader).map(({ kind }) => kind)).toEqual([
      ...['welcome', 'welcome', 'lead', 'chunk', 'state', 'pong', 'bye'],
    ])
  })
})
