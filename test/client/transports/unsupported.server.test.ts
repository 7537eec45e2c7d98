/** Node, with and without what transports stand on. */
import { afterAll, beforeAll } from 'vitest'
import { startFaultServer } from '../../support/fault-server.ts'
import { EventSource } from 'eventsource'
import { describeUnsupported } from './describe-unsupported.ts'
import type { FaultServer } from '../../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

describeUnsupported(() => server.url, EventSource)
