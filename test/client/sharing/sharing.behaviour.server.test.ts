/** The behaviour suite over a connection that is shared: to one stream alone it is as one of its own. */
import { afterAll, beforeAll } from 'vitest'
import { createAppConnections } from '../../../src/client/sharing/app-connections.ts'
import { startFaultServer } from '../../support/fault-server.ts'
import { describeBehaviour } from '../behaviour-suite.ts'
import { FETCH, lines } from '../behaviour-transports.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { EventStreamClient } from '../../../src/client/types.ts'
import type { TestedTransport } from '../behaviour-transports.ts'
import type { FaultServer } from '../../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

/** With its last stream the app ends, too: it does not wait for another one. */
function shared({ start, can }: TestedTransport): TestedTransport {
  return { start: (url, options) => startShared(start, url, options), can }
}

function startShared(
  start: TestedTransport['start'],
  url: string,
  options: EventStreamClientOptions,
): EventStreamClient {
  const connections = createAppConnections()
  const client = start(url, { share: 'app', connections, ...options })
  const { close } = client
  return Object.assign(client, {
    close(reason?: 'user' | 'unmount') {
      close(reason)
      connections.dispose()
    },
  })
}

const serverUrl = (): string => server.url

describeBehaviour('shared fetch in Node', { serverUrl, ...shared(FETCH) })
describeBehaviour('shared NDJSON in Node', { serverUrl, ...shared(lines()) })
