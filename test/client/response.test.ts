// @vitest-environment node
/** Which answers are the stream, and how a body is read. */
import { describe, expect, it, vi } from 'vitest'
import { bytes } from '../support/event-stream-bytes.ts'
import { settle } from '../support/settle.ts'
import { judgeResponse, readBody } from '../../src/client/response.ts'
import type { AnyFunction } from '../../src/client/event-handlers.ts'

function head(status: number, contentType?: string): Response {
  const headers = new Headers(contentType === undefined ? {} : { 'Content-Type': contentType })
  return { status, headers } as Response
}

describe('judgeResponse', () => {
  it.each([
    ...[
      'text/event-stream',
      'text/event-stream;charset=utf-8',
      'text/event-stream ; charset=UTF-8',
    ],
    ...['Text/Event-Stream', 'TEXT/EVENT-STREAM;', ' text/event-stream '],
  ])('takes %j for the stream', (contentType) => {
    expect(judgeResponse(head(200, contentType), false)).toBe(undefined)
  })

  it.each([
    ...['text/event-streaming', 'text/event-stream-x', 'text/event-stream+json', 'text/html'],
    ...['application/text/event-stream', 'x;text/event-stream', 'text/event-stream, text/html', ''],
  ])('does not take %j for the stream', (contentType) => {
    const error = judgeResponse(head(200, contentType), false)
    expect(error).toMatchObject({ code: 'content-type', status: 200, fatal: true })
  })

  it('does not take an answer without a type for the stream', () => {
    expect(judgeResponse(head(200), false)).toMatchObject({ code: 'content-type' })
  })

  it('forgives a wrong type, but no status, where the stream was open before', () => {
    expect(judgeResponse(head(200, 'text/html'), true)!.fatal).toBe(false)
    expect(judgeResponse(head(404), true)!.fatal).toBe(true)
  })

  it('says which status waiting will mend', () => {
    const temporary: number[] = []
    for (let status = 200; status < 600; status++) {
      const error = judgeResponse(head(status, 'text/html'), true)!
      expect(error.status).toBe(status)
      if (status !== 200 && !error.fatal) temporary.push(status)
    }
    const serverErrors = Array.from({ length: 100 }, (_, index) => 500 + index)
    expect(temporary).toEqual([408, 425, 429, ...serverErrors])
  })
})

describe('readBody', () => {
  const never = (): undefined => undefined

  function body(...chunks: string[]): Response {
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(bytes(chunk))
          controller.close()
        },
      }),
    )
  }

  it('gives the bytes chunk by chunk until the end', async () => {
    const seen: string[] = []
    await readBody(body('a', 'bc'), new AbortController().signal, never, (chunk) =>
      seen.push(new TextDecoder().decode(chunk)),
    )
    expect(seen).toEqual(['a', 'bc'])
  })

  it('is done at once where there is no body', async () => {
    const onBytes = vi.fn<AnyFunction>()
    await readBody({ body: null } as Response, new AbortController().signal, never, onBytes)
    expect(onBytes).not.toHaveBeenCalled()
  })

  it('waits before each read for what it is told to', async () => {
    const seen: number[] = []
    let open = (): void => {}
    const wait = (): Promise<void> => new Promise((resolve) => (open = resolve))
    const done = readBody(body('a', 'bc'), new AbortController().signal, wait, ({ length }) =>
      seen.push(length),
    )
    await settle()
    expect(seen).toEqual([])
    for (const expected of [[1], [1, 2], [1, 2]]) {
      open()
      await settle()
      expect(seen).toEqual(expected)
    }
    await done
  })

  it('cancels the body when the signal is aborted, and gives nothing more', async () => {
    const controller = new AbortController()
    const cancel = vi.fn<() => void>()
    const onBytes = vi.fn<AnyFunction>(() => controller.abort())
    const endless = new ReadableStream<Uint8Array>({
      pull: (stream) => stream.enqueue(bytes('a')),
      cancel,
    })
    await readBody({ body: endless } as Response, controller.signal, never, onBytes)
    expect(onBytes).toHaveBeenCalledOnce()
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('cancels a body that comes after the abort, unread', async () => {
    const cancel = vi.fn<() => void>()
    const onBytes = vi.fn<AnyFunction>()
    await readBody(
      new Response(new ReadableStream({ cancel })),
      AbortSignal.abort(),
      never,
      onBytes,
    )
    expect(cancel).toHaveBeenCalledOnce()
    expect(onBytes).not.toHaveBeenCalled()
  })

  it('survives a body that cannot be cancelled', async () => {
    const controller = new AbortController()
    const stuck = new ReadableStream<Uint8Array>({
      pull: (stream) => stream.enqueue(bytes('a')),
      cancel() {
        throw new Error('stuck')
      },
    })
    const abort = (): void => controller.abort()
    await expect(
      readBody({ body: stuck } as Response, controller.signal, never, abort),
    ).resolves.toBe(undefined)
  })

  it('rejects as the body does', async () => {
    const cause = new TypeError('terminated')
    const broken = new ReadableStream({ start: (stream) => stream.error(cause) })
    await expect(
      readBody(new Response(broken), new AbortController().signal, never, () => {}),
    ).rejects.toBe(cause)
  })
})
