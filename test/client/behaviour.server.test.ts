/** The behaviour suite over the fetch transport, in Node. */
import { afterAll, beforeAll } from 'vitest'
import { startFaultServer } from '../support/fault-server.ts'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { describeBehaviour } from './behaviour-suite.ts'
import type { FaultServer } from '../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

describeBehaviour('createEventStreamClient in Node', {
  serverUrl: () => server.url,
  start: createEventStreamClient,
  can: {
    ...{ statuses: true, headers: true, methods: true },
    ...{ comments: true, ownIds: true, retry: true },
  },
})
