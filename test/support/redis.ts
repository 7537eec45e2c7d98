/** A real Redis with a port and a folder of its own, that can be killed and started again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createClient } from '@redis/client'
import { describe, onTestFinished } from 'vitest'
import { until } from './client-run.ts'
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo } from 'node:net'

export interface Redis {
  /** `redis://127.0.0.1:<port>`, the same after every start. */
  readonly url: string
  /** Kills it. What it has written to disk stays. */
  stop(): Promise<void>
  start(): Promise<void>
  /** It keeps its connections and answers nothing, until it is told to go on. */
  freeze(): void
  thaw(): void
  /** What anybody could tell it. */
  command(...words: string[]): Promise<unknown>
  /** All in one piece: nobody else gets a word in. */
  commands(...all: string[][]): Promise<unknown[]>
}

export interface RedisOptions {
  /** Whether every write is on disk before it is answered; otherwise a new start begins with nothing. */
  isDurable?: boolean
}

const MISSING = 'there is no redis-server on this machine (Debian: apt-get install redis-server)'
/** An outage takes its seconds. */
const TIMEOUT_MS = 30_000
/** Somebody else may take a port between the moment it was seen to be free and Redis' own. */
const ATTEMPTS = 5

/** Tests that need Redis: without one they are skipped, saying why, and fail where CI is set. */
export function describeWithRedis(name: string, tests: () => void): void {
  const isSkipped = !findRedis() && !process.env.CI
  const register = isSkipped ? describe.skip : describe
  register(isSkipped ? `${name}, skipped: ${MISSING}` : name, { timeout: TIMEOUT_MS }, tests)
}

/** Ends with the test. */
export async function startRedis({ isDurable = true }: RedisOptions = {}): Promise<Redis> {
  const program = findRedis()
  if (!program) throw new Error(MISSING)
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  let running: ChildProcess | undefined
  const stopWithTests = (): void => void running?.kill('SIGKILL')
  process.once('exit', stopWithTests)

  async function stop(): Promise<void> {
    const child = running
    running = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  onTestFinished(async () => {
    process.off('exit', stopWithTests)
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function startAt(port: number): Promise<boolean> {
    const disk = isDurable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []
    const where = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
    const child = spawn(program!, [...where, '--save', '', ...disk], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running = child
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()))
    let isOver = false
    child.once('exit', () => void (isOver = true))
    await until(() => isOver || output.includes('Ready to accept connections'))
    return !isOver
  }

  let port = await freePort()
  for (let attempt = 1; !(await startAt(port)); attempt++) {
    if (attempt === ATTEMPTS) throw new Error('Redis has not started.')
    port = await freePort()
  }
  const url = `redis://127.0.0.1:${port}`
  return {
    url,
    stop,
    async start() {
      if (!(await startAt(port))) throw new Error(`Redis has not started again on port ${port}.`)
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    command: async (...words) => (await tell(url, [words]))[0],
    commands: (...all) => tell(url, all),
  }
}

async function tell(url: string, commands: string[][]): Promise<unknown[]> {
  const client = createClient({ url, RESP: 2 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await Promise.all(commands.map((words) => client.sendCommand(words)))
  } finally {
    client.destroy()
  }
}

/** The executable to start, or undefined when there is none. */
function findRedis(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const extra = ['/usr/local/bin', '/opt/homebrew/bin']
  return [...folders, ...extra].map((folder) => join(folder, 'redis-server')).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  return port
}
