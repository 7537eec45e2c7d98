/** A real nginx in front of a server, with files of its own in a temporary folder. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { HOW_TO_GET_NGINX, findNginx } from '../../scripts/nginx.mjs'
import { until } from './client-run.ts'
import { nginxConfig } from './nginx-config.ts'
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import type { NginxSite } from './nginx-config.ts'

export { findNginx } from '../../scripts/nginx.mjs'

export interface NginxOptions extends NginxSite {
  /** Where to listen; a free port by default. */
  pickPort?: () => Promise<number>
}

export interface Nginx {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  /** Ends it, with every connection that it has, and removes its folder. */
  close(): Promise<void>
  /** What it has complained about so far, for failures. */
  errorLog(): string
}

const MISSING = `there is no nginx on this machine (${HOW_TO_GET_NGINX})`
/** Somebody else may take a port between the moment it was seen to be free and nginx's own. */
const ATTEMPTS = 5
const STOP_TIMEOUT_MS = 5000

/** Tests that need nginx: without one they are skipped, saying why, and fail where CI is set. */
export function describeWithNginx(name: string, tests: () => void): void {
  const isSkipped = !findNginx() && !process.env.CI
  const register = isSkipped ? describe.skip : describe
  register(isSkipped ? `${name}, skipped: ${MISSING}` : name, tests)
}

export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const program = findNginx()
  if (!program) throw new Error(MISSING)
  const { pickPort = freePort } = options
  for (let attempt = 1; ; attempt++) {
    const port = await pickPort()
    try {
      return await startAt(port, program, options)
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === ATTEMPTS) throw error
    }
  }
}

class PortTaken extends Error {}

async function startAt(port: number, program: string, site: NginxSite): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  const path = (name: string): string => join(folder, name)
  // Its workers would give up root's rights, and with them the folder.
  const user = process.getuid?.() === 0 ? userInfo().username : undefined
  writeFileSync(path('nginx.conf'), nginxConfig(site, { port, folder, user }))

  const child = spawn(program, ['-p', folder, '-c', path('nginx.conf'), '-e', path('error.log')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  let isOver = false
  child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  child.once('error', (error) => {
    output += error.message
    isOver = true
  })
  child.once('exit', () => void (isOver = true))
  const stopWithTests = (): void => void child.kill('SIGKILL')
  process.once('exit', stopWithTests)

  async function close(): Promise<void> {
    process.off('exit', stopWithTests)
    if (!isOver) await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }

  // It writes its pid once it listens. A connection would prove nothing: the port may be somebody else's.
  const isListening = (): boolean =>
    existsSync(path('pid')) && readFileSync(path('pid'), 'utf8').trim() === String(child.pid)
  // It would try for another 2.5 seconds.
  const isTaken = (): boolean => /bind\(\) to \S+ failed \(\d+: Address already in use/.test(output)
  try {
    await until(() => isListening() || isOver || isTaken())
    if (isTaken()) throw new PortTaken(`Port ${port} is taken: ${output}`)
    if (isOver) throw new Error(`nginx has not started: ${output}`)
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: `http://127.0.0.1:${port}`,
    close,
    errorLog: () => (existsSync(path('error.log')) ? readFileSync(path('error.log'), 'utf8') : ''),
  }
}

/** The master ends its worker. */
async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  return port
}
