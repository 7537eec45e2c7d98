/** The behaviour suite over a connection that is shared: to one stream alone it is as one of its own. */
import { afterAll, beforeAll } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { createAppConnections } from '../../../src/client/sharing/app-connections.ts'
import { startFaultServer } from '../../support/fault-server.ts'
import { describeBehaviour } from '../behaviour-suite.ts'
import { FETCH } from '../behaviour-transports.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { EventStreamClient } from '../../../src/client/types.ts'
import type { FaultServer } from '../../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

/** With its last stream the app ends, too: it does not wait for another one. */
function start(url: string, options: EventStreamClientOptions): EventStreamClient {
  const connections = createAppConnections()
  const client = createEventStreamClient(url, { share: 'app', connections, ...options })
  const { close } = client
  return Object.assign(client, {
    close(reason?: 'user' | 'unmount') {
      close(reason)
      connections.dispose()
    },
  })
}

describeBehaviour('shared fetch in Node', { serverUrl: () => server.url, ...FETCH, start })
