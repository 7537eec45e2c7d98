/**
 * The client of the recipe for Laravel, on a server that writes what `response()->eventStream()` does. The route itself is not run.
 * @see https://laravel.com/docs/12.x/responses#event-streams
 */
import { expect, it, vi } from 'vitest'
import { until } from '../support/client-run.ts'
import { useLaravelNews } from './laravel.ts'
import { sendHead, useRecipeServer } from './recipe-runs.ts'
import type { ServerResponse } from 'node:http'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const rows: string[] = []
const followers = new Map<ServerResponse, number>()

/** No ids, no comments, and one line of data. */
const event = (type: string, data: unknown): string =>
  `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`

function tell(): void {
  for (const [response, told] of followers) {
    rows.slice(told).forEach((headline, index) => {
      response.write(event('headline', { id: told + index + 1, headline }))
    })
    followers.set(response, rows.length)
  }
}

const server = useRecipeServer((request, response) => {
  sendHead(response, { 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' })
  response.write(event('heartbeat', null))
  followers.set(response, Number(request.headers['last-event-id'] ?? rows.length))
  response.on('close', () => followers.delete(response))
  tell()
})

it('goes on after the last row, whether it is cut or its time is over', async () => {
  const shown: string[] = []
  const gaps: string[] = []
  const { result: stream } = server.run(() => useLaravelNews((headline) => shown.push(headline)), {
    onGap: ({ reason }) => gaps.push(reason),
  })
  const publish = async (headline: string): Promise<void> => {
    rows.push(headline)
    tell()
    await until(() => shown.at(-1) === headline)
  }
  await until(() => followers.size === 1)
  await publish('One')
  await server.cut()
  await publish('Two')
  for (const response of followers.keys()) response.end()
  followers.clear()
  await publish('Three')
  expect(shown).toEqual(['One', 'Two', 'Three'])
  expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([
    undefined,
    '1',
    '2',
  ])
  expect([gaps, stream.duplicates.value]).toEqual([[], 0])
})
