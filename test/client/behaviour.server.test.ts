/** The behaviour suite over every transport, in Node. */
import { afterAll, beforeAll } from 'vitest'
import { startFaultServer } from '../support/fault-server.ts'
import { EventSource } from 'eventsource'
import { describeBehaviour } from './behaviour-suite.ts'
import { eventSource, FETCH, lines, polling } from './behaviour-transports.ts'
import type { FaultServer } from '../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

const serverUrl = (): string => server.url

describeBehaviour('fetch in Node', { serverUrl, ...FETCH })
describeBehaviour('NDJSON in Node', { serverUrl, ...lines() })
describeBehaviour('EventSource in Node', { serverUrl, ...eventSource(EventSource) })
describeBehaviour('polling JSON in Node', { serverUrl, ...polling('json') })
describeBehaviour('polling NDJSON in Node', { serverUrl, ...polling('ndjson') })
describeBehaviour('polling event streams in Node', { serverUrl, ...polling('stream') })
