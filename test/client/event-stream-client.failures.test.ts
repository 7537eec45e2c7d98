// @vitest-environment node
/** Handlers that fail and data that cannot be read: reported, and the stream goes on. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { settle } from '../support/settle.ts'
import { useTestStreams } from '../support/test-streams.ts'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { isEventStreamError } from '../../src/protocol/errors.ts'
import type { TestStream, TestStreamOptions } from '../support/test-streams.ts'
import type { AnyFunction } from '../../src/client/delivery/handler-list.ts'

const start = useTestStreams()

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await stream.open()
  stream.takeLog()
  return stream
}

describe('createEventStreamClient', () => {
  describe('handlers that fail', () => {
    it.each([
      [
        'throw',
        () => {
          throw new Error('oops')
        },
      ],
      ['reject', () => Promise.reject(new Error('oops'))],
    ])('are reported and stop nothing when they %s', async (_, fail) => {
      const seen: unknown[] = []
      const stream = await startOpen({ onMessage: fail, on: { a: fail } })
      stream.client.on('a', fail)
      stream.client.on('*', fail)
      stream.client.on('a', (data) => seen.push(data))
      await stream.request.push('event: a\ndata: 1\n\n', 'event: a\ndata: 2\n\n')
      expect(seen).toEqual([1, 2])
      expect(stream.errors).toHaveLength(8)
      for (const error of stream.errors) {
        expect(isEventStreamError(error)).toBe(true)
        expect(error).toMatchObject({ code: 'handler', type: 'a', fatal: false })
        expect(error.cause).toMatchObject({ message: 'oops' })
      }
      expect(stream.client).toMatchObject({ status: 'open', error: null })
    })

    it('are reported for all other callbacks too', async () => {
      const fail = (): never => {
        throw new Error('oops')
      }
      const stream = await start({ onStatus: fail, onOpen: fail, onClose: fail, onActivity: fail })
      await stream.open()
      await stream.request.push(': hello\n')
      stream.client.close()
      const handlerErrors = stream.errors.filter(({ code }) => code === 'handler')
      expect(handlerErrors).toHaveLength(6)
      expect(stream.client.status).toBe('closed')
    })

    it('go to the platform when there is no onError', async () => {
      const fake = createFakeEnvironment()
      const causes = [new Error('thrown'), new Error('rejected')]
      const client = createEventStreamClient('/events', {
        environment: fake.environment,
        onMessage() {
          throw causes[0]
        },
        on: { message: () => Promise.reject(causes[1]) },
      })
      await settle()
      await fake.request.respond()
      await fake.request.push('data: 1\n\n')
      expect(fake.reported).toEqual(causes)
      client.close()
      expect(fake.live()).toEqual([])
    })

    it('go to the platform when onError fails itself, and nothing is called in a loop', async () => {
      const cause = new Error('onError')
      const stream = await startOpen({
        onMessage: () => Promise.reject(new Error('oops')),
        onError() {
          throw cause
        },
      })
      await stream.request.push('data: 1\n\n')
      await stream.request.cut()
      expect(stream.errors.map(({ code }) => code)).toEqual(['handler', 'network'])
      expect(stream.reported.splice(0)).toEqual([cause, cause])
      expect(stream.client.status).toBe('reconnecting')
    })

    it('go to the platform when onError rejects', async () => {
      const cause = new Error('onError')
      const stream = await startOpen({ onError: () => Promise.reject(cause) })
      await stream.request.cut()
      expect(stream.reported.splice(0)).toEqual([cause])
    })

    it('may return anything', async () => {
      const results = [undefined, null, 0, { catch: 1 }, Promise.resolve(), () => {}]
      const stream = await startOpen()
      for (const result of results) stream.client.on('message', () => result)
      await stream.request.push('data: 1\n\n')
      expect(stream.errors).toEqual([])
    })
  })

  describe('decode', () => {
    it('takes data for JSON, and none for undefined', async () => {
      const seen: unknown[] = []
      const stream = await startOpen({ onMessage: ({ data }) => seen.push(data) })
      await stream.request.push('data: [1,\ndata: 2]\n\ndata:\n\ndata: null\n\n')
      expect(seen).toEqual([[1, 2], undefined, null])
    })

    it('reports a failure with the raw text, calls no handler, and the stream goes on', async () => {
      const handler = vi.fn<AnyFunction>()
      const stream = await startOpen()
      stream.client.on('*', handler)
      stream.client.on('a', handler)
      stream.client.tap(handler)
      await stream.request.push('event: a\nid: 4\ndata: {"secret\n\n')
      expect(handler).not.toHaveBeenCalled()
      expect(stream.log).toEqual(['error decode'])
      expect(stream.errors[0]).toMatchObject({
        ...{ code: 'decode', type: 'a', raw: '{"secret', fatal: false },
        cause: expect.any(SyntaxError) as unknown,
      })
      expect(stream.errors[0]!.message).not.toContain('secret')
      expect(stream.client).toMatchObject({ status: 'open', error: null, message: null })
      expect(stream.client.lastEventId).toBe('4')
      await stream.request.push('event: a\ndata: 5\n\n')
      expect(handler).toHaveBeenCalledTimes(3)
    })

    it('warns once for each stream, and names the way out', async () => {
      const stream = await startOpen()
      await stream.request.push('data: {\n\ndata: {\n\nevent: a\ndata: {\n\n')
      expect(stream.warnings).toEqual([expect.stringContaining("decode: 'text'")])
      expect(stream.errors).toHaveLength(3)
    })

    it('is asked with text and message when it is a function; what it throws is reported', async () => {
      const decode = vi.fn<AnyFunction>((data: string) => {
        if (data === 'bad') throw new RangeError('bad')
        return data.toUpperCase()
      })
      const stream = await startOpen({ decode })
      await stream.request.push('event: a\nid: 1\ndata: good\n\ndata: bad\n\n')
      expect(stream.log).toEqual(['message a "GOOD"', 'error decode'])
      expect(decode).toHaveBeenCalledWith('good', { type: 'a', data: 'good', lastEventId: '1' })
    })
  })

  describe('warn', () => {
    it('goes to the console when the platform brings no other place', async () => {
      const toConsole = vi.spyOn(console, 'warn').mockReturnValue()
      const stream = await startOpen({ environment: { warn: undefined } })
      await stream.request.push('data: {\n\n')
      expect(toConsole).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('undecodable-data'))
    })
  })
})
