/** Recipes in other languages: their server is a process of its own, and requests are handed on to it. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { request as ask } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe } from 'vitest'
import { until } from '../support/client-run.ts'
import { post } from './news-desk.ts'
import { describeNews } from './news-suite.ts'
import type { ChildProcess } from 'node:child_process'
import type { RequestListener } from 'node:http'
import type { NewsDesk } from './news-desk.ts'

/** What to start: it prints its port as its first line. */
export interface ServerCommand {
  command: string
  args: readonly string[]
  cwd?: string
  env?: Record<string, string>
}

export interface NewsProcess {
  /** What this machine lacks. Without it the tests are skipped, saying why, and fail where CI is set. */
  missing: string | undefined
  /** May build what it names, in a folder that is removed afterwards. */
  prepare(folder: string): ServerCommand | Promise<ServerCommand>
}

/** Compiling and starting take their time, most of all beside other work. */
const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 5000

export function describeNewsProcess(maker: string, { missing, prepare }: NewsProcess): void {
  const isSkipped = missing !== undefined && !process.env.CI
  const register = isSkipped ? describe.skip : describe
  register(isSkipped ? `${maker}, skipped: there is no ${missing} on this machine` : maker, () => {
    const url = useServerProcess((folder) => {
      if (missing) throw new Error(`There is no ${missing} on this machine`)
      return prepare(folder)
    })
    describeNews(maker, handOn(url), () => createDesk(url))
  })
}

/** Runs while the tests of a `describe` do. */
function useServerProcess(prepare: NewsProcess['prepare']): () => string {
  const folder = join(tmpdir(), `recipe-${randomUUID()}`)
  let child: ChildProcess | undefined
  let port: string
  const endWithTests = (): void => void child?.kill('SIGKILL')

  beforeAll(async () => {
    mkdirSync(folder)
    const { command, args, cwd, env } = await prepare(folder)
    child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    process.once('exit', endWithTests)
    let complaints = ''
    child.stderr!.on('data', (chunk: Buffer) => void (complaints += chunk.toString()))
    const lines = createInterface(child.stdout!)
    const exited = once(child, 'exit').then(() => Promise.reject(new Error(complaints)))
    ;[port] = (await Promise.race([once(lines, 'line'), exited])) as [string]
    exited.catch(() => {})
  }, START_TIMEOUT_MS)

  afterAll(async () => {
    process.off('exit', endWithTests)
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(endWithTests, STOP_TIMEOUT_MS)
      await exited
      clearTimeout(timer)
    }
    rmSync(folder, { recursive: true, force: true })
  })

  return () => `http://127.0.0.1:${port}`
}

/** Requests go to the process, so that what goes by can be seen, and cut. */
function handOn(url: () => string): RequestListener {
  return (request, response) => {
    const { method, url: path, headers } = request
    const asked = ask(`${url()}${path}`, { method, headers, agent: false }, (answer) => {
      // Those of the connection are for the one that it is.
      const { connection: _, 'transfer-encoding': __, ...rest } = answer.headers
      response.writeHead(answer.statusCode!, rest)
      response.flushHeaders()
      answer.on('error', () => response.destroy())
      answer.pipe(response)
    })
    asked.on('error', () => response.destroy())
    response.on('close', () => asked.destroy())
    request.pipe(asked)
  }
}

function createDesk(url: () => string): NewsDesk {
  const followers = async (): Promise<number> => {
    const answer = await fetch(`${url()}/followers`)
    return Number(await answer.text())
  }
  return {
    publish: (headline) => post(`${url()}/news`, { headline }),
    followers,
    capacity: 100,
    // Those that have left are seen when something is written.
    reset: async () => void (await until(async () => (await followers()) === 0)),
    // They beat by themselves, or when they are asked this.
    beat: async () => void (await followers()),
  }
}
