/** The event server in a Node of its own: what it writes must not wait for the benchmark, nor the other way round. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { startEventServer } from './event-server.ts'
import type { BenchServer } from '../support/page-server.ts'
import type { PageScripts } from '../support/build-page.ts'

/** The argument with which a benchmark's program is the server. */
export const SERVE = '--serve'

/** In the benchmark: starts its own program once more. */
export async function startServerProcess(
  scripts: PageScripts,
  onResult: (result: unknown) => void,
): Promise<BenchServer> {
  const child = fork(process.argv[1]!, [SERVE])
  const ended = once(child, 'exit')
  child.send(scripts)
  const [url] = (await once(child, 'message')) as [string]
  child.on('message', onResult)
  return {
    url,
    async close() {
      child.disconnect()
      await ended
    },
  }
}

/** In the server. */
export async function serve(): Promise<void> {
  const [scripts] = (await once(process, 'message')) as [PageScripts]
  const server = await startEventServer(scripts, (result) => process.send!(result))
  process.once('disconnect', () => process.exit())
  process.send!(server.url)
}
