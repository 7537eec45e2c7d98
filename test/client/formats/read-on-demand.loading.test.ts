// @vitest-environment node
/** The code that reads NDJSON by its type alone takes its time, or does not come. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { noteDown } from '../../support/note-down.ts'
import { settle } from '../../support/settle.ts'
import { URL_OF_TESTS } from '../../support/test-streams.ts'
import type { EventStreamClient } from '../../../src/client/types.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { Notes } from '../../support/note-down.ts'

const PART = '../../../src/client/formats/read-on-demand.ts'
const NDJSON = { contentType: 'application/x-ndjson', isComplete: false }

type Part = typeof import('../../../src/client/formats/read-on-demand.ts')
type Stream = FakeEnvironment & Notes & { client: EventStreamClient }

let load: () => Promise<Part>
let stream: Stream | undefined

beforeEach(() => {
  vi.doMock(PART, () => load())
  vi.resetModules()
})
afterEach(async () => {
  vi.doUnmock(PART)
  stream?.client.close()
  await settle()
  // oxlint-disable-next-line vitest/no-standalone-expect -- of every test
  expect([stream?.live(), stream?.reported]).toEqual([[], []])
})

async function start(options: EventStreamClientOptions = {}): Promise<Stream> {
  const { createEventStreamClient } = await import('../../../src/client/event-stream-client.ts')
  const fake = createFakeEnvironment()
  const { notes, listening } = noteDown(options)
  const { environment } = fake
  const client = createEventStreamClient(URL_OF_TESTS, { ...listening, environment })
  await settle()
  stream = Object.assign(fake, notes, { client })
  return stream
}

/** A module is loaded over turns of the event loop. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) {
    await new Promise((resolve) => setTimeout(resolve))
    await settle()
  }
}

describe('the code for NDJSON', () => {
  it('is waited for as for the answer: the stream is open when it can be read', async () => {
    let give!: (part: Part) => void
    load = () => new Promise((resolve) => (give = resolve))
    const { client, request, advance, data, log } = await start()
    await request.respond(NDJSON)
    await request.push('1\n')
    await vi.waitUntil(() => give as unknown)
    await advance(14_000)
    expect(client.status).toBe('connecting')
    give(await vi.importActual<Part>(PART))
    await turns()
    expect(log).toEqual(['connecting', 'open', 'onOpen'])
    expect(data).toEqual([1])
    await advance(14_000)
    expect(client.status).toBe('open')
  })

  it('that does not come is given up after connectTimeout, and asked for again', async () => {
    load = () => new Promise(() => {})
    const { client, request, advance, log, requests } = await start({ connectTimeout: 9000 })
    await request.respond(NDJSON)
    await turns()
    await advance(8999)
    expect(client.status).toBe('connecting')
    await advance(1)
    expect(log).toEqual(['connecting', 'reconnecting timeout', 'error connect-timeout'])
    expect(client.error).toMatchObject({ fatal: false, attempt: 1 })
    expect(requests[0]!.isOpen).toBe(false)
    await advance(1000)
    expect(requests).toHaveLength(2)
  })

  it('that cannot be had is a loss before the stream is open, until there are too many', async () => {
    const cause = new TypeError('Failed to fetch dynamically imported module')
    load = () => Promise.reject(cause)
    const fake = await start({ reconnect: { maxAttempts: 2, jitter: 0 } })
    await fake.request.respond(NDJSON)
    await turns()
    expect(fake.log).toEqual(['connecting', 'reconnecting network', 'error network'])
    expect(fake.errors[0]).toMatchObject({ message: 'Request failed.', fatal: false })
    await fake.advance(1000)
    await fake.requests[1]!.respond(NDJSON)
    await turns()
    expect(fake.client).toMatchObject({ status: 'failed', reason: 'exhausted' })
  })

  it('is nobody’s any more when the stream is closed meanwhile', async () => {
    load = () => new Promise(() => {})
    const { client, request, log } = await start()
    await request.respond(NDJSON)
    await turns()
    client.close()
    await settle()
    expect(request.isOpen).toBe(false)
    expect(log).toEqual(['connecting', 'closed user', 'onClose user'])
  })

  it('is not asked for by an answer that is not taken', async () => {
    load = () => expect.unreachable('nothing is to be read')
    const { client, request } = await start()
    await request.respond({ contentType: NDJSON.contentType, status: 503 })
    await turns()
    expect(client.error).toMatchObject({ code: 'http-status' })
  })
})
