/** The stand-alone playground as a process of its own, so that tests can stop and start it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('../../playground/dist/server/main.js', import.meta.url))

export interface PlaygroundProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts the built server; port 0 takes a free one. */
export async function startPlayground(
  port = 0,
  env: Record<string, string> = {},
): Promise<PlaygroundProcess> {
  const child = spawn(process.execPath, [ENTRY], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const match = /http:\/\/\S+:(\d+)\//.exec(output)
      if (match) resolve(`http://127.0.0.1:${match[1]}`)
    })
    child.once('exit', (code) => reject(new Error(`The playground ended with ${code}: ${output}`)))
  })
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
