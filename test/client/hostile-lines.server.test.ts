/** Hostile lines over real sockets in Node. */
import { afterAll, beforeAll } from 'vitest'
import { startFaultServer } from '../support/fault-server.ts'
import { describeHostileLines } from './hostile-lines.ts'
import type { FaultServer } from '../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

describeHostileLines('a stream of hostile lines in Node', () => server.url)
