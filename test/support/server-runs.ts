/** Clients on the fault server, closed and looked after when a test ends. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startRun, until } from './client-run.ts'
import { startFaultServer } from './fault-server.ts'
import { tagged } from './tagged-log.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ClientRun } from './client-run.ts'
import type { FaultServer, LoggedRequest } from './fault-server.ts'

export interface Run extends ClientRun {
  /** The requests that this client has made. */
  requests(): LoggedRequest[]
}

export interface ServerRuns {
  /** `http://127.0.0.1:<port>`. */
  url(): string
  /** How many answers are not over. */
  open(): number
  connect(path: string, options?: EventStreamClientOptions): Run
}

/** One server for the tests of a file. After each test its clients are closed, and the server has to see that. */
export function useServerRuns(): ServerRuns {
  let server: FaultServer
  let count = 0
  const runs: Run[] = []

  beforeAll(async () => {
    server = await startFaultServer()
  })
  afterEach(async () => {
    for (const { client } of runs) client.close()
    await until(() => server.open === 0 && server.requests.every(({ cleanups }) => cleanups > 0))
    expect(server.requests.filter(({ cleanups }) => cleanups !== 1)).toEqual([])
    expect(runs.splice(0).flatMap(({ reported }) => reported)).toEqual([])
  })
  afterAll(() => server.close())

  function connect(path: string, options: EventStreamClientOptions = {}): Run {
    const tag = String(++count)
    const run = startRun(tagged(server.url + path, tag), options)
    runs.push({
      ...run,
      requests: () => server.requests.filter(({ query }) => query.get('tag') === tag),
    })
    return runs.at(-1)!
  }

  return { url: () => server.url, open: () => server.open, connect }
}
