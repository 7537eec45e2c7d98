// @vitest-environment node
/** Which answers are the stream, and how a body is read. */
import { describe, expect, it, vi } from 'vitest'
import { bytes } from '../../support/event-stream-bytes.ts'
import { createFakeEnvironment, START_MS } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import {
  judgeResponse,
  MAX_SERVER_DELAY_MS,
  readBody,
  readExcerpt,
  retryAfter,
} from '../../../src/client/transports/response.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { Asking } from '../../../src/client/transports/transport.ts'

const STREAM: Asking = {
  accept: 'text/event-stream',
  types: /^text\/event-stream *(;|$)/i,
  isStream: true,
}
const JSON_ANSWER: Asking = { accept: 'application/json, text/x;q=0.5', types: /json/ }

function head(status: number, contentType?: string, body: Response['body'] = null): Response {
  const headers = new Headers(contentType === undefined ? {} : { 'Content-Type': contentType })
  return { status, headers, body } as Response
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
    expect(judgeResponse(head(200, contentType), STREAM, false)).toBe(undefined)
  })

  it.each([
    ...['text/event-streaming', 'text/event-stream-x', 'text/event-stream+json', 'text/html'],
    ...['application/text/event-stream', 'x;text/event-stream', 'text/event-stream, text/html', ''],
  ])('does not take %j for the stream', (contentType) => {
    const error = judgeResponse(head(200, contentType), STREAM, false)
    expect(error).toMatchObject({ code: 'content-type', status: 200, fatal: true })
  })

  it('does not take an answer without a type for the stream', () => {
    expect(judgeResponse(head(200), STREAM, false)).toMatchObject({ code: 'content-type' })
  })

  it('forgives a wrong type, but no status, where the stream was open before', () => {
    expect(judgeResponse(head(200, 'text/html'), STREAM, true)!.fatal).toBe(false)
    expect(judgeResponse(head(404), STREAM, true)!.fatal).toBe(true)
  })

  it('goes by the types that it is given', () => {
    expect(judgeResponse(head(200, 'application/json'), JSON_ANSWER, false)).toBe(undefined)
    const error = judgeResponse(head(200, 'text/event-stream'), JSON_ANSWER, false)!
    expect(error).toMatchObject({ code: 'content-type' })
    expect(error.message).toBe(
      'The answer is text/event-stream, not application/json, text/x;q=0.5.',
    )
    expect(error.hint).toContain('Content-Type: application/json.')
  })

  it('is unsupported where a stream is asked for, and fetch shows no body at all', () => {
    const bodyless = (status: number, contentType?: string): Response => {
      const response = head(status, contentType)
      return { status: response.status, headers: response.headers } as Response
    }
    expect(judgeResponse(bodyless(200, 'text/event-stream'), STREAM, true)).toMatchObject({
      ...{ code: 'unsupported', fatal: true, message: 'This fetch cannot stream.' },
    })
    expect(judgeResponse(bodyless(200, 'application/json'), JSON_ANSWER, false)).toBe(undefined)
    // What is wrong with the answer comes first.
    expect(judgeResponse(bodyless(200, 'text/html'), STREAM, false)!.code).toBe('content-type')
    expect(judgeResponse(bodyless(503), STREAM, false)!.code).toBe('http-status')
  })

  it('names the status or the type, and says what is most likely behind it', () => {
    const judge = (...details: [number, string?]): unknown => {
      const { message, hint } = judgeResponse(head(...details), STREAM, false)!
      return [message, hint]
    }
    expect(judge(503)).toEqual(['The server answered 503.', undefined])
    expect(judge(200, 'text/html')).toEqual([
      'The answer is text/html, not text/event-stream.',
      expect.stringContaining('An HTML page came'),
    ])
    expect(judge(200)).toEqual([
      'The answer is of no type, not text/event-stream.',
      expect.stringContaining('Content-Type: text/event-stream'),
    ])
  })

  it('says which status waiting will mend', () => {
    const temporary: number[] = []
    for (let status = 200; status < 600; status++) {
      const error = judgeResponse(head(status, 'text/html'), STREAM, true)!
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

  it('takes the text where fetch shows no body at all', async () => {
    const seen: Uint8Array[] = []
    const { signal } = new AbortController()
    const response = { text: async () => 'é你😀' } as Response
    await readBody(response, signal, never, (chunk) => seen.push(chunk))
    expect(seen).toEqual([bytes('é你😀')])
    const cause = new TypeError('terminated')
    const broken = { text: () => Promise.reject(cause) } as unknown as Response
    await expect(readBody(broken, signal, never, () => {})).rejects.toBe(cause)
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

  it.each(['its end', 'a failure', 'an abort'])(
    'lets go of the signal, and of the body, after %s',
    async (how) => {
      const controller = new AbortController()
      const { signal } = controller
      const listeners = new Set<unknown>()
      const cancel = vi.fn<() => void>()
      Object.assign(signal, {
        addEventListener: (_: string, listener: unknown) => listeners.add(listener),
        removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
      })
      const cause = new Error('app')
      const endless = new ReadableStream<Uint8Array>({
        pull(stream) {
          if (how === 'its end' && listeners.size === 1) return stream.close()
          stream.enqueue(bytes('a'))
        },
        cancel,
      })
      const reading = readBody({ body: endless } as Response, signal, never, () => {
        expect(listeners.size).toBe(1)
        if (how === 'a failure') throw cause
        controller.abort()
      })
      const outcome = await reading.catch((error: unknown) => error)
      expect(outcome).toBe(how === 'a failure' ? cause : undefined)
      expect([...listeners]).toEqual([])
      expect(cancel).toHaveBeenCalledTimes(how === 'its end' ? 0 : 1)
    },
  )

  it('rejects as the body does', async () => {
    const cause = new TypeError('terminated')
    const broken = new ReadableStream({ start: (stream) => stream.error(cause) })
    await expect(
      readBody(new Response(broken), new AbortController().signal, never, () => {}),
    ).rejects.toBe(cause)
  })
})

describe('readExcerpt', () => {
  const encoder = new TextEncoder()

  function createBody(contentType = 'text/plain') {
    let controller!: ReadableStreamDefaultController<Uint8Array>
    const stream = new ReadableStream<Uint8Array>({
      start: (own) => void (controller = own),
      cancel: () => void (body.isCancelled = true),
    })
    const response = new Response(stream, { headers: { 'Content-Type': contentType } })
    const send = (chunk: string | Uint8Array): void =>
      controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
    const body = { response, controller, send, isCancelled: false }
    return body
  }

  /** What is read of a body that comes in these parts and ends. */
  function excerptOf(contentType: string, ...parts: (string | Uint8Array)[]) {
    const body = createBody(contentType)
    for (const part of parts) body.send(part)
    body.controller.close()
    const { environment, live } = createFakeEnvironment()
    const { signal } = new AbortController()
    return readExcerpt(body.response, signal, environment).finally(() => expect(live()).toEqual([]))
  }

  it('gives the text of the body, however it comes', async () => {
    const text = 'No such room: é你😀.'
    expect(await excerptOf('text/plain', text)).toEqual({ body: text, problem: undefined })
    const single = Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte))
    expect(await excerptOf('text/plain', ...single)).toEqual({ body: text })
  })

  it('gives no text where there is no body', async () => {
    const response = { headers: new Headers(), body: null } as Response
    const { environment } = createFakeEnvironment()
    const { signal } = new AbortController()
    expect(await readExcerpt(response, signal, environment)).toEqual({ body: '' })
    expect(await excerptOf('text/plain')).toEqual({ body: '' })
  })

  it.each([[['x'.repeat(4096)]], [['x'.repeat(4095), 'xyz']], [['x'.repeat(100_000)]]])(
    'gives the first 4 KiB, and leaves the rest unread',
    async (parts) => {
      const body = createBody()
      for (const part of parts) body.send(part)
      const { environment, live } = createFakeEnvironment()
      const { signal } = new AbortController()
      expect(await readExcerpt(body.response, signal, environment)).toEqual({
        body: 'x'.repeat(4096),
      })
      expect(body.isCancelled).toBe(true)
      expect(live()).toEqual([])
    },
  )

  it('reads on for a 4 KiB that are not complete', async () => {
    const body = createBody()
    body.send('x'.repeat(4095))
    const { environment, advance } = createFakeEnvironment()
    const excerpt = readExcerpt(body.response, new AbortController().signal, environment)
    await advance(999)
    expect(body.isCancelled).toBe(false)
    body.send('y')
    expect(await excerpt).toEqual({ body: `${'x'.repeat(4095)}y` })
  })

  it('counts characters, and cuts none that takes several bytes', async () => {
    expect((await excerptOf('text/plain', 'é'.repeat(5000))).body).toBe('é'.repeat(4096))
    const cut = `a${'é'.repeat(5000)}`
    expect((await excerptOf('text/plain', cut)).body).toBe(cut.slice(0, 4096))
  })

  it('waits for a second at most', async () => {
    const body = createBody()
    body.send('half')
    const { environment, advance, live } = createFakeEnvironment()
    const excerpt = readExcerpt(body.response, new AbortController().signal, environment)
    await advance(999)
    expect(body.isCancelled).toBe(false)
    await advance(1)
    expect(body.isCancelled).toBe(true)
    expect(await excerpt).toEqual({ body: 'half' })
    expect(live()).toEqual([])
  })

  it('stops with the attempt, and leaves no timer from that moment on', async () => {
    const body = createBody()
    const { environment, live } = createFakeEnvironment()
    const controller = new AbortController()
    const excerpt = readExcerpt(body.response, controller.signal, environment)
    await settle()
    controller.abort()
    expect(live()).toEqual([])
    expect(await excerpt).toEqual({ body: '' })
    expect(body.isCancelled).toBe(true)
  })

  it('gives what came before the body broke off', async () => {
    const body = createBody()
    body.send('half')
    const { environment, live } = createFakeEnvironment()
    const excerpt = readExcerpt(body.response, new AbortController().signal, environment)
    await settle()
    body.controller.error(new TypeError('terminated'))
    expect(await excerpt).toEqual({ body: 'half' })
    expect(live()).toEqual([])
  })

  describe('problem', () => {
    it.each([
      'application/problem+json',
      'application/problem+json;charset=utf-8',
      'Application/Problem+JSON ; charset=utf-8',
    ])('is the object in the body of the type %s', async (type) => {
      const body = '{"title":"No such room","status":404}'
      const problem = { title: 'No such room', status: 404 }
      expect(await excerptOf(type, body)).toEqual({ body, problem })
    })

    it.each([
      'application/json',
      'application/problem+jsonx',
      'text/html',
      'x application/problem+json',
    ])('is not there with the type %s', async (type) => {
      expect(await excerptOf(type, '{"a":1}')).toEqual({ body: '{"a":1}', problem: undefined })
    })

    it.each(['', '{', 'null', '1', '"a"', '[1]', '[{"title":"a"}]', 'false'])(
      'is not there when the body is %j',
      async (body) => {
        const excerpt = await excerptOf('application/problem+json', body)
        expect(excerpt).toEqual({ body, problem: undefined })
      },
    )

    it('is a plain object, whatever its names are', async () => {
      const { problem } = await excerptOf('application/problem+json', '{"__proto__":{"a":1}}')
      expect(Object.getPrototypeOf(problem)).toBe(Object.prototype)
      expect(Object.keys(problem!)).toEqual(['__proto__'])
    })
  })
})

describe('retryAfter', () => {
  const wait = (value: string | undefined, headers: Record<string, string> = {}): number => {
    const all = new Headers(headers)
    if (value !== undefined) all.set('Retry-After', value)
    return retryAfter({ headers: all } as Response, START_MS)
  }
  const date = (ms: number): string => new Date(ms).toUTCString()

  it.each([
    ['7', 7000],
    ['0', 0],
    ['007', 7000],
    ['3600', 3_600_000],
    ['3601', 3_600_000],
    ['86400', 3_600_000],
    [' 7 ', 7000],
  ])('reads seconds: %j', (value, expected) => {
    expect(wait(value)).toBe(expected)
  })

  it('waits for an hour at most, whatever it says', () => {
    expect(wait('9'.repeat(400))).toBe(MAX_SERVER_DELAY_MS)
    expect(wait(date(START_MS + 3_600_000))).toBe(3_600_000)
    expect(wait(date(START_MS + 7_200_000))).toBe(3_600_000)
    expect(MAX_SERVER_DELAY_MS).toBe(3_600_000)
  })

  it('reads a date, from now on', () => {
    expect(wait(date(START_MS + 7000))).toBe(7000)
  })

  it("reads a date by the server's clock where the answer shows it", () => {
    const server = START_MS + 3_600_000
    expect(wait(date(server + 7000), { Date: date(server) })).toBe(7000)
    expect(wait(date(START_MS + 7000), { Date: 'soon' })).toBe(7000)
  })

  it('asks for no wait with a date that is over', () => {
    expect(wait(date(START_MS - 7000))).toBeLessThanOrEqual(0)
  })

  it.each([undefined, '', '-7', '1.5', '1e3', '0x10', '7 s', 'soon', 'GMT', 'soon GMT', 'in 2099'])(
    'asks for no wait with %j',
    (value) => {
      expect(wait(value)).toBe(0)
    },
  )

  it.each(['Tue, 01 Dec 2099 08:49:37 GMT', 'Tuesday, 01-Dec-99 08:49:37 GMT'])(
    'reads a date as servers write it: %s',
    (value) => {
      const server = { Date: date(Date.parse(value) - 7000) }
      expect(wait(value, server)).toBe(7000)
    },
  )
})
