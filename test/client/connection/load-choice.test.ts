// @vitest-environment node
/** The code that chooses a transport comes only where there is a fallback; without it the stream goes on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import { until } from '../../support/client-run.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'

const start = useTestStreams()
const PAGE = 'https://page.test/events'
const fallback = { transport: pollingTransport(), afterAttempts: 1 }

const code = vi.hoisted(() => ({ loads: 0, isGone: false }))
vi.mock('../../../src/client/connection/transport-choice.ts', async (importActual) => {
  const actual = await importActual<{ createTransportChoice: unknown }>()
  return {
    get createTransportChoice() {
      code.loads++
      if (code.isGone) throw new Error('The file is gone.')
      return actual.createTransportChoice
    },
  }
})

beforeEach(() => Object.assign(code, { loads: 0, isGone: false }))
afterEach(() => vi.restoreAllMocks())

async function startAsking(options: EventStreamClientOptions) {
  const stream = await start({ url: PAGE, reconnect: { jitter: 0 }, ...options })
  await until(() => stream.requests.length > 0)
  return stream
}

describe('the code of a fallback', () => {
  it('is not loaded where there is none', async () => {
    const { request, advance } = await startAsking({})
    await request.refuse()
    await advance(1000)
    expect(code.loads).toBe(0)
  })

  it('is there before the first request, once', async () => {
    const { client, request, advance } = await startAsking({ fallback })
    expect(code.loads).toBe(1)
    await request.refuse()
    await advance(1000)
    expect(client.transport).toBe('polling')
    expect(code.loads).toBe(1)
  })

  it('costs the fallback and not the stream when it is gone, and is tried again', async () => {
    code.isGone = true
    const { client, requests, request, warnings, advance } = await startAsking({ fallback })
    expect(warnings).toEqual([expect.stringMatching(/fallback-unavailable .*gone/)])
    await request.refuse()
    await advance(1000)
    await until(() => requests.length === 2)
    expect(client.transport).toBe('fetch')
    code.isGone = false
    await requests[1]!.refuse()
    await advance(2000)
    await until(() => requests.length === 3)
    await requests[2]!.refuse()
    await advance(4000)
    expect(client.transport).toBe('polling')
  })
})
