// @vitest-environment node
/** Servers that are odd with a stream that is handed over: it costs few requests, and no message comes twice or never. */
import { describe, expect, it } from 'vitest'
import { numbered, useRenewedStreams } from '../../support/renewed-streams.ts'
import { range } from '../../support/shared-streams.ts'
import type { ControlledRequest } from '../../support/controlled-server.ts'
import type { RenewedStream } from '../../support/renewed-streams.ts'

const open = useRenewedStreams()
const DRAINING = 'event: draining\ndata: "now"\n\n'
const HOUR_MS = 3_600_000

/** Answers every request in this way, for an hour. Gives how many there were. */
async function count(
  stream: RenewedStream,
  answer: (request: ControlledRequest) => Promise<void>,
): Promise<number> {
  const { length } = stream.requests
  let next = length
  for (let second = 0; second < HOUR_MS / 1000; second++) {
    await stream.advance(1000)
    for (; next < stream.requests.length; next++) await answer(stream.requests[next]!)
  }
  return stream.requests.length - length
}

describe('a server that is odd', () => {
  it.each<[string, number, (request: ControlledRequest) => Promise<void>]>([
    ['answers 401', 170, (request) => request.respond({ status: 401 })],
    ['answers 204', 170, (request) => request.respond({ status: 204, hasBody: false })],
    ['does not answer', 110, async () => {}],
    [
      'redirects again and again',
      340,
      (request) =>
        request.init.redirect === 'manual' ? request.respond({ status: 302 }) : request.refuse(),
    ],
    [
      'drains on every connection',
      20,
      async (request) => {
        await request.respond()
        await request.push(DRAINING)
      },
    ],
    [
      'replays that it drains, with its id',
      1,
      async (request) => {
        await request.respond()
        await request.push(`id: 4\n${DRAINING}`)
      },
    ],
  ])('gets few requests in an hour when it %s', async (_, max, answer) => {
    const stream = await open()
    await stream.request.push(numbered(1, 3))
    await stream.drain(stream.request, '4')
    const [, second] = stream.requests
    await answer(second!)
    expect(1 + (await count(stream, answer))).toBeLessThanOrEqual(max)
    expect(stream.client.status).toBe('open')
    expect(stream.errors).toEqual([])
    expect(stream.numbers()).toEqual([1, 2, 3])
  })

  it('gets few requests for a token that stays the same', async () => {
    const stream = await open({ renew: { before: () => 1 } })
    await stream.request.push(numbered(1))
    await stream.advance(0)
    await stream.request.respond()
    expect(await count(stream, (request) => request.respond())).toBeLessThanOrEqual(16)
    expect(stream.warnings.join()).toMatch('renew-too-often')
  })

  it('may send everything on both connections, in turns', async () => {
    const stream = await open()
    const first = stream.request
    await stream.drain(first, '1')
    const second = stream.request
    for (const id of range(2, 9)) {
      await first.push(numbered(id))
      if (id === 5) await second.respond()
      await second.push(numbered(id))
    }
    expect(stream.numbers()).toEqual(range(2, 9))
  })

  it('may send all from its start, as long as that is not too much', async () => {
    const stream = await open()
    await stream.request.push(numbered(1, 500))
    await stream.drain(stream.request, '501')
    await stream.request.respond()
    await stream.request.push(numbered(1, 500) + `id: 501\n${DRAINING}` + numbered(502, 503))
    expect(stream.numbers()).toEqual([...range(1, 500), 502, 503])
    expect(stream.client.duplicates).toBe(501)
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(2)
  })

  it('may end the next connection at once: that is a loss as any other', async () => {
    const stream = await open()
    await stream.drain(stream.request, '1')
    await stream.request.respond()
    await stream.request.end()
    expect(stream.client.status).toBe('reconnecting')
    await stream.advance(1000)
    expect(stream.asked()).toEqual([null, '1', '1'])
  })

  it('may send a message that is too long to both', async () => {
    const stream = await open({ maxMessageSize: 100 })
    await stream.drain(stream.request, '1')
    await stream.requests[0]!.push(`data: ${'x'.repeat(200)}\n\n`)
    await stream.request.respond()
    expect(stream.client.status).toBe('open')
    await stream.request.push(`data: ${'x'.repeat(200)}\n\n`)
    expect(stream.errors.map(({ code }) => code)).toEqual(['message-too-large'])
  })
})
