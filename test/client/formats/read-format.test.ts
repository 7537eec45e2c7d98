// @vitest-environment node
/** Reading with a format of the app's own. */
import { describe, expect, it } from 'vitest'
import { ndjson } from '../../../src/client/formats/ndjson.ts'
import { readFormat } from '../../../src/client/formats/read-format.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import { createTestAttempt } from '../transports/test-attempt.ts'
import type { StreamFormat } from '../../../src/client/formats/stream-format.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { TestAttempt } from '../transports/test-attempt.ts'

/** Each chunk is a message; `?` is a bad one, and `!` the end of all. */
const chunks: StreamFormat = {
  ...ndjson(),
  name: 'chunks',
  accept: 'text/plain',
  types: /^text\//,
  createParser({ onMessage, onComment, onError }, { lastEventId = '', maxMessageSize }) {
    const tell = (data: string): void => onMessage?.({ type: 'message', data, lastEventId }, false)
    return {
      feed(bytes) {
        const text = new TextDecoder().decode(bytes)
        if (text === '?') onError?.(new EventStreamError('decode', 'What?'))
        else if (text === '!') onError?.(new EventStreamError('truncated', 'No more.'))
        else tell(text)
      },
      end: () => tell(`end ${maxMessageSize}`),
      reset: () => onComment?.('reset'),
    }
  },
}

async function open(options: ConnectionOptions = {}): Promise<TestAttempt> {
  const test = createTestAttempt({ format: chunks, ...options })
  test.lastEventId = '7'
  await test.connect(fetchTransport)
  await test.request.respond({ contentType: 'text/event-stream', isComplete: false })
  test.heard()
  return test
}

const message = (data: string): unknown[] => [
  'message',
  { type: 'message', data, lastEventId: '7' },
  false,
]

describe('readFormat', () => {
  it('asks for the types of the format, whatever they are, and feeds its parser', async () => {
    const test = await open({ maxMessageSize: 5 })
    expect(chunks.read).toBe(readFormat)
    expect(test.request.headers.get('Accept')).toBe('text/plain')
    await test.request.push('a', 'b')
    await test.request.end()
    expect(test.heard()).toEqual([
      ['receive'],
      message('a'),
      ['receive'],
      message('b'),
      ['receive'],
      message('end 5'),
    ])
    expect(test.outcome).toBe('ended')
  })

  it('tells of errors of the code decode, and is lost with any other one', async () => {
    const test = await open()
    await test.request.push('?', 'a', '!', 'b')
    expect(test.heard()).toEqual([
      ['receive'],
      ['error', expect.objectContaining({ code: 'decode' })],
      ['receive'],
      message('a'),
      ['receive'],
    ])
    expect(test.outcome).toMatchObject({ code: 'truncated' })
  })

  it('does not end the parser after a cut', async () => {
    const test = await open()
    await test.request.cut()
    expect(test.heard()).toEqual([])
    expect(test.outcome).toBeInstanceOf(TypeError)
  })

  it('resets the parser when it is aborted', async () => {
    const test = await open()
    test.controller.abort()
    expect(test.heard()).toEqual([['comment', 'reset']])
    await expect.poll(() => test.outcome).not.toBe('pending')
    expect(test.live()).toEqual([])
  })
})
