/** Streams of NDJSON that are cut off, end or lose their server anywhere: with ids in their data nothing is lost, and nothing comes twice. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { ndjson } from '../../src/client/formats/ndjson.ts'
import { QUICK, startRun, until } from '../support/client-run.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ClientRun } from '../support/client-run.ts'

interface Line {
  seq: number
  text: string
}

/** Answers who goes on after a line. @param nth How many it has answered before. */
type Answer = (response: ServerResponse, after: number, nth: number) => void

const runs: ClientRun[] = []
const servers: Server[] = []

afterEach(() => {
  for (const { client } of runs) client.close()
  for (const server of servers.splice(0)) stop(server)
  // oxlint-disable-next-line vitest/no-standalone-expect -- of every test
  expect(runs.splice(0).flatMap(({ reported }) => reported)).toEqual([])
})

async function serve(answer: Answer, port = 0): Promise<{ server: Server; port: number }> {
  let count = 0
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/x-ndjson')
    response.flushHeaders()
    answer(response, Number(request.headers['last-event-id'] ?? 0), count++)
  })
  servers.push(server)
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}

function connect(port: number, options: EventStreamClientOptions): ClientRun {
  const run = startRun(`http://127.0.0.1:${port}/lines`, { reconnect: QUICK, ...options })
  runs.push(run)
  return run
}

const toLines = (lines: readonly Line[]): Buffer =>
  Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))

const LOG: Line[] = ['a', 'é你😀', '', '\u2028"\\'].map((text, at) => ({ seq: at + 1, text }))

/** Where the ids are found. */
const READERS: [string, EventStreamClientOptions][] = [
  ['the format', { format: ndjson({ id: 'seq' }) }],
  ['getEventId, by type alone', { getEventId: ({ data }) => String((data as Line).seq) }],
]

describe.each(READERS)('a stream of NDJSON with ids that %s finds', (_finder, options) => {
  const whole = toLines(LOG)
  const places = Array.from({ length: whole.length }, (_, at) => at)

  it.each(['cut off', 'ended'])('is whole when it is %s, at every byte', async (how) => {
    for (const at of places) {
      const { port, server } = await serve((response, after, nth) => {
        const part = nth === 0 ? whole.subarray(0, at) : toLines(LOG.slice(after))
        if (nth > 0) response.write(part)
        else if (how === 'ended') response.end(part)
        else if (at === 0) response.destroy()
        else response.write(part, () => response.destroy())
      })
      const run = connect(port, options)
      await until(() => run.messages.length >= LOG.length)
      expect(run.data(), `byte ${at}`).toEqual(LOG)
      const codes = run.errors.map(({ code }) => code).filter((code) => code !== 'network')
      // An end says that a line is over: the half of one is told of, and comes again.
      const isHalf =
        how === 'ended' && !isJson(whole.subarray(0, at).toString().split('\n').at(-1)!)
      expect(codes, `byte ${at}`).toEqual(isHalf ? ['decode'] : [])
      run.client.close()
      stop(server)
    }
  })

  it('goes on at a server that was started anew', async () => {
    const answer: Answer = (response, after) =>
      void response.write(toLines(LOG.slice(after, after + 2)))
    const first = await serve(answer)
    const run = connect(first.port, options)
    await until(() => run.messages.length === 2)
    stop(first.server)
    await until(() => run.client.status === 'reconnecting')
    await serve(answer, first.port)
    await until(() => run.messages.length === 4)
    expect(run.data()).toEqual(LOG)
    expect(run.client).toMatchObject({ status: 'open', lastEventId: '4' })
    expect(run.gaps).toEqual([])
  })

  it.each([1, 2, 3])(
    'is whole after a hundred cuts by chance: seed %i',
    async (seed) => {
      const { below, next } = createSeededRandom(seed)
      const log = Array.from({ length: 400 }, (_, at) => {
        return { seq: at + 1, text: '你"é\n😀'.repeat(next() < 0.1 ? below(300) : below(6)) }
      })
      let cuts = 0
      const { port } = await serve((response, after) => {
        // Some come again, and what is cut ends anywhere.
        const bytes = toLines(log.slice(Math.max(0, after - below(4))))
        if (cuts === 100) return void response.write(bytes)
        cuts++
        const end = Math.min(bytes.length, below(1500))
        const isEnd = next() < 0.3
        const writeFrom = (at: number): void => {
          const to = Math.min(end, at + 1 + below(400))
          if (at === end) return void (isEnd ? response.end() : response.destroy())
          response.write(bytes.subarray(at, to), () => setImmediate(writeFrom, to))
        }
        writeFrom(0)
      })
      const run = connect(port, {
        ...options,
        reconnect: { ...QUICK, maxDelay: 2, initialDelay: 1 },
      })
      await until(() => run.messages.length >= log.length, 15_000)
      expect(run.data()).toEqual(log)
      expect(cuts).toBe(100)
      expect(run.client.duplicates).toBeGreaterThan(0)
    },
    20_000,
  )
})

function isJson(text: string): boolean {
  try {
    return text === '' || JSON.parse(text) !== undefined
  } catch {
    return false
  }
}
