/** The servers that are measured, each as a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPlayground } from '../../test/support/playground-process.ts'

export interface MeasuredServer {
  readonly pid: number
  readonly port: number
  /** Of its stream. */
  readonly path: string
  /** Resolves when the server has answered. */
  broadcast(text: string): Promise<void>
  stop(): Promise<void>
}

const BARE = fileURLToPath(new URL('bare-server.mjs', import.meta.url))
const PLAYGROUND_PATH = '/api/notifications'

export const PLAYGROUND = 'playground (Hono)'
export const BARE_NODE = 'node:http alone'

export const SERVERS: Readonly<Record<string, () => Promise<MeasuredServer>>> = {
  [PLAYGROUND]: startOurs,
  [BARE_NODE]: startBare,
}

/** Built, with nothing to do but what is asked of it. */
async function startOurs(): Promise<MeasuredServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-server-'))
  const { pid, port, stop } = await startPlayground(0, {
    HOST: '0.0.0.0',
    DATA_DIR: folder,
    MAX_STREAMS: '100000',
    HEARTBEAT_MS: '3600000',
    MESSAGES_PER_10_S: '1000000',
  })
  return {
    ...{ pid, port },
    path: `${PLAYGROUND_PATH}/stream`,
    broadcast: (title) => post(port, PLAYGROUND_PATH, { level: 'info', title }),
    async stop() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startBare(): Promise<MeasuredServer> {
  const child = spawn(process.execPath, [BARE], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(new URL(output.toString()).port)
  return {
    ...{ pid: child.pid!, port, path: '/' },
    broadcast: (title) => post(port, '/', { level: 'info', title }),
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function post(port: number, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.text()
  if (!answer.ok) throw new Error(`The server answered with ${answer.status}.`)
}
