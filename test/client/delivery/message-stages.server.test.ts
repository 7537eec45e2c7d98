/** Servers that fail within a stream that was good, and servers that replay, over real sockets. */
import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startRun, until } from '../../support/client-run.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { CaughtUpMark, ReceivedMessage } from '../../../src/client/types.ts'
import type { ClientRun } from '../../support/client-run.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A client of a server that answers each request so; told how many came before it. */
async function connect(
  answer: (response: ServerResponse, request: IncomingMessage, count: number) => void,
  options: EventStreamClientOptions,
): Promise<ClientRun & { readonly asked: (string | undefined)[]; readonly times: number[] }> {
  const asked: (string | undefined)[] = []
  const times: number[] = []
  const server: Server = createServer((request, response) => {
    times.push(performance.now())
    const count = asked.push(request.headers['last-event-id'] as string | undefined)
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    answer(response, request, count - 1)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const run = startRun(`http://127.0.0.1:${port}/`, options)
  ends.push(async () => {
    run.client.close()
    expect(run.reported).toEqual([])
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return Object.assign(run, { asked, times })
}

const isError = ({ type }: ReceivedMessage): boolean => type === 'error'
const isLive = ({ comment }: CaughtUpMark): boolean => comment === 'live'

describe('failWhen', () => {
  it('goes on behind a server that fails in the middle, with nothing lost or twice', async () => {
    const run = await connect(
      (response, { headers }) => {
        const from = Number(headers['last-event-id'] ?? 0) + 1
        for (let id = from; id < from + 3; id++) response.write(`id: ${id}\ndata: ${id}\n\n`)
        // It stays open: only the message says that nothing more will come.
        response.write('event: error\ndata: Database is gone\n\n')
      },
      { failWhen: isError },
    )
    await until(() => run.messages.length >= 30)
    run.client.close()
    expect(run.data().slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    expect(run.asked.slice(0, 4)).toEqual([undefined, '3', '6', '9'])
    expect(new Set(run.errors.map(({ code, raw }) => `${code} ${raw}`))).toEqual(
      new Set(['server Database is gone']),
    )
    expect(run.gaps).toEqual([])
  })

  it('asks a server that fails at once no faster than backoff says', async () => {
    const delays = [50, 100, 200, 400]
    const run = await connect(
      (response, _request, count) => response.write(`id: ${count}\nevent: error\ndata: {}\n\n`),
      { failWhen: isError, reconnect: { initialDelay: 50, jitter: 0, minDelay: 1 } },
    )
    await until(() => run.asked.length > delays.length)
    run.client.close()
    for (const [index, delay] of delays.entries()) {
      // Timers and clocks are rounded.
      expect(run.times[index + 1]! - run.times[index]!).toBeGreaterThan(delay - 3)
    }
  })

  it('says fatal: nothing is asked any more', async () => {
    const run = await connect(
      (response) => response.write('event: error\ndata: {"code":403}\n\n'),
      {
        failWhen: (message) => isError(message) && 'fatal',
      },
    )
    await until(() => run.client.status === 'failed')
    expect(run.client.error).toMatchObject({ code: 'server', fatal: true, raw: '{"code":403}' })
    expect(run.asked).toHaveLength(1)
  })

  it('sends a POST once', async () => {
    const run = await connect((response) => response.write('event: error\ndata: {}\n\n'), {
      ...{ failWhen: isError, method: 'POST', body: '{}', reconnect: undefined },
    })
    await until(() => run.client.status === 'failed')
    expect([run.asked.length, run.client.error?.code]).toEqual([1, 'server'])
  })
})

describe('caughtUp', () => {
  it('tells what a server replays from what is new, however often it comes back', async () => {
    let last = 0
    const batches: [boolean, number[]][] = []
    const run = await connect(
      (response, { headers }) => {
        const from = Number(headers['last-event-id'] ?? 0)
        last += 5
        for (let id = from + 1; id <= last && from > 0; id++) {
          response.write(`id: ${id}\ndata: ${id}\n\n`)
        }
        response.write(': live\n\n')
        last += 1
        response.end(`id: ${last}\ndata: ${last}\n\n`)
      },
      {
        caughtUp: isLive,
        onBatch: (messages, { replayed }) =>
          batches.push([replayed, messages.map(({ lastEventId }) => Number(lastEventId))]),
      },
    )
    await until(() => run.messages.length >= 31)
    run.client.close()
    for (const { lastEventId, replayed } of run.messages) {
      expect([lastEventId, replayed]).toEqual([lastEventId, Number(lastEventId) % 6 !== 0])
    }
    expect(batches.flatMap(([, ids]) => ids)).toEqual(
      run.messages.map(({ lastEventId }) => Number(lastEventId)),
    )
    for (const [replayed, ids] of batches) {
      expect(new Set(ids.map((id) => id % 6 !== 0))).toEqual(new Set([replayed]))
    }
  })
})

describe('schema', () => {
  it('keeps order while it is asynchronous, through cuts', async () => {
    const slow = z
      .number()
      .refine((n) => new Promise<boolean>((resolve) => setImmediate(() => resolve(n % 4 > 0))))
    const run = await connect(
      (response, { headers }) => {
        const from = Number(headers['last-event-id'] ?? 0) + 1
        let text = ''
        for (let id = from; id < from + 7; id++) text += `id: ${id}\ndata: ${id}\n\n`
        response.write(text, () => response.destroy())
      },
      { schema: { message: slow } },
    )
    await until(() => run.messages.length >= 60)
    run.client.close()
    const valid = Array.from({ length: 200 }, (_, index) => index + 1).filter((id) => id % 4 > 0)
    expect(run.data()).toEqual(valid.slice(0, run.messages.length))
    const invalid = run.errors.filter(({ code }) => code === 'validation')
    expect(invalid.map(({ raw }) => Number(raw))).toEqual(
      invalid.map((_, index) => 4 * (index + 1)),
    )
  })
})
