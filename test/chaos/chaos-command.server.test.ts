/** `npm run chaos` as it is run: what it prints, and what it exits with. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../scripts/run-built.mjs', import.meta.url))
const COMMAND = 'test/chaos/chaos-command.ts'
/** A build and a short run. */
const TIMEOUT_MS = 60_000
/** Every fourth request goes on after the event before the last one. */
const FORGETFUL_FETCH = `
  const { fetch } = globalThis
  const sent = []
  globalThis.fetch = (url, init) => {
    const headers = new Headers(init.headers)
    const id = headers.get('Last-Event-ID')
    if (id && sent.push(id) % 4 === 0) headers.set('Last-Event-ID', sent.at(-2))
    return fetch(url, { ...init, headers })
  }`

interface Result {
  code: number
  stdout: string
  stderr: string
}

function run(args: string[], preload = ''): Promise<Result> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  if (preload) env.NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(preload)}`
  return new Promise((resolve) => {
    const options = { env, timeout: TIMEOUT_MS }
    execFile(process.execPath, [SCRIPT, COMMAND, ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

describe('npm run chaos', { timeout: TIMEOUT_MS }, () => {
  it('prints its figures and exits with 0 when nothing is wrong', async () => {
    const { code, stdout } = await run(['--seed', '3', '--events', '200'])
    expect(stdout).toMatch(/seed +3\n +events +200: 100 with an own id, 100 without\n/)
    expect(stdout).toMatch(/with an own id +0 lost, 0 duplicated, 0 out of order\n/)
    expect(stdout).toMatch(/memory, by quarters( +[\d.]+ MB,?){5}\n/)
    expect(stdout).toContain('Nothing is wrong.')
    expect(code).toBe(0)
  })

  it('says what is wrong and exits with 1 when something is', async () => {
    const { code, stdout } = await run(['--seed', '3', '--events', '200'], FORGETFUL_FETCH)
    expect(stdout).toMatch(/WRONG:\n[^]*\d+ requests did not go on after the last id received\./)
    expect(code).toBe(1)
  })

  it('takes a seed by chance when none is given, and says it first', async () => {
    const { stdout } = await run(['--events', '50'])
    const [, seed] = /^npm run chaos -- --seed (\d+) --events 50\n/.exec(stdout)!
    expect(stdout).toMatch(new RegExp(`seed +${seed}\n`))
  })

  it.each([
    ['--events', '0'],
    ['--events', 'many'],
    ['--seed', '-1'],
  ])('refuses %s %s', async (name, value) => {
    const { code, stderr } = await run([`${name}=${value}`])
    expect(stderr).toContain(`${name} must be a whole number from`)
    expect(code).toBe(1)
  })
})
