/** A state that is loaded from a real server, and kept by its stream, while the server cuts, forgets and takes its time. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as later } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { defaultEnvironment } from '../../../src/client/environment.ts'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { createStateLoader } from '../../../src/client/delivery/loaded-state.ts'
import { QUICK, until } from '../../support/client-run.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LoadedState, LoadReason } from '../../../src/client/delivery/loaded-state.ts'

interface Account {
  readonly bookings: number
  readonly balance: number
}

const BOOKINGS = 3000

/** Books amounts on one account, tells each, and knows the last 50: `/events` and `/account`. */
async function startBank() {
  const random = createSeededRandom(7).next
  const amounts: number[] = []
  const streams = new Set<ServerResponse>()
  /** After each booking, and before the first. */
  const balances = [0]
  let balance = 0
  let asked = 0

  const text = (number: number): string => `id: ${number}\ndata: ${amounts[number - 1]}\n\n`

  function tellFrom(id: string | undefined, response: ServerResponse): void {
    const first = id === undefined ? amounts.length : Number(id)
    const isKnown = first >= amounts.length - 50
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    if (!isKnown) response.write('event: gone\ndata:\n\n')
    for (let number = first; isKnown && number < amounts.length; number++) {
      response.write(text(number + 1))
    }
    response.flushHeaders()
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  async function tellAccount(response: ServerResponse): Promise<void> {
    const wait = random() * 30
    await later(wait / 2)
    const answer = {
      state: { bookings: amounts.length, balance },
      lastEventId: `${amounts.length}`,
    }
    await later(wait / 2)
    // One fails.
    response.statusCode = ++asked === 2 ? 503 : 200
    response.end(JSON.stringify(answer))
  }

  const server = createServer((request, response) => {
    if (request.url === '/account') void tellAccount(response)
    else tellFrom(request.headers['last-event-id'] as string | undefined, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    balances,
    /** Books some hundreds of amounts, and cuts now and then; then all at once while nobody hears it. */
    async book() {
      for (let number = 1; number <= BOOKINGS; number++) {
        const amount = Math.floor(random() * 1000) - 300
        amounts.push(amount)
        balance += amount
        balances.push(balance)
        for (const stream of streams) stream.write(text(number))
        if (random() < 0.01) for (const stream of streams) stream.destroy()
        // Every other cut costs more than the server remembers.
        if (streams.size === 0 && random() < 0.5) continue
        if (random() < 0.3) await later(1)
      }
    },
  }
}

it('is one that the server had at each moment, and at the end the one that it has', async () => {
  const bank = await startBank()
  const reasons: LoadReason[] = []
  const wrong: unknown[] = []
  const failures: unknown[] = []
  const client = createEventStreamClient<{ message: number }>(`${bank.url}/events`, {
    reconnect: QUICK,
    resume: { gapEvent: 'gone' },
  })
  const loader = createStateLoader<Account, null>(
    { ...defaultEnvironment, warn: () => {} },
    client,
    {
      async load({ signal, reason }): Promise<LoadedState<Account>> {
        reasons.push(reason)
        const response = await fetch(`${bank.url}/account`, { signal })
        if (!response.ok) throw new Error(`${response.status}`)
        return (await response.json()) as LoadedState<Account>
      },
      fold: ({ bookings, balance }, { type, data }) =>
        type === 'message'
          ? { bookings: bookings + 1, balance: balance + (data as number) }
          : { bookings, balance },
      initial: null,
      onChange() {
        const { state } = loader
        if (state && bank.balances[state.bookings] !== state.balance) wrong.push(state)
      },
      onError: (error) => failures.push(error.code),
    },
  )
  const untap = client.tap(loader.onMessage, [], loader.onStreamChange)
  onTestFinished(() => {
    client.close()
    untap()
    loader.stop()
  })
  await until(() => loader.state !== null)
  await bank.book()
  await until(() => loader.state?.bookings === BOOKINGS, 20_000)
  expect(loader.state!.balance).toBe(bank.balances[BOOKINGS])
  expect(wrong).toEqual([])
  expect(reasons[0]).toBe('first')
  expect(reasons).toContain('server')
  expect(failures).toEqual(['load'])
}, 60_000)
