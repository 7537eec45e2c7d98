/** The stand-alone server as a process: signals, sudden death, a taken port, wrong settings. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startPlayground } from '../../support/playground-process.ts'
import { postJson } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { AddressInfo } from 'node:net'

const ENTRY = fileURLToPath(new URL('../../../playground/dist/server/main.js', import.meta.url))

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [ENTRY], {
    env: { ...process.env, DATA_DIR: tempFolder(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = Promise.all([once(child, 'exit'), text(child.stderr)]).then(
    ([[code, signal], errors]) => ({ code, signal, errors }),
  )
  const started = once(child.stdout, 'data').then(
    ([chunk]) => `http://127.0.0.1:${/:(\d+)\//.exec(String(chunk))?.[1]}`,
  )
  return { child, ended, started }
}

describe('npm start', () => {
  it('loses nothing when it is killed: events, ids and people go on', async () => {
    const env = { DATA_DIR: tempFolder(), LEAVE_GRACE_MS: '2000', NEWS_INTERVAL_MS: '0' }
    const first = await startPlayground(0, env)
    const ada = await openStream(`${first.url}/api/chat/stream?user=Ada`)
    await ada.event('presence')
    const { lastId } = ada
    for (const message of ['one', 'two']) {
      await postJson(`${first.url}/api/chat/messages`, { user: 'Bob', text: message })
    }
    await first.stop()

    const second = await startPlayground(0, env)
    onTestFinished(() => second.stop())
    const again = await openStream(`${second.url}/api/chat/stream?user=Ada`, {
      lastEventId: lastId,
    })
    const events = await again.count(3)
    expect(events.map(({ type, data }) => data.text ?? type)).toEqual(['one', 'two', 'presence'])
    await postJson(`${second.url}/api/chat/messages`, { user: 'Bob', text: 'three' })
    const [, two, , three] = await again.count(4)
    const numberOf = (id?: string): number => Number(id?.split('-')[1])
    expect(numberOf(three?.id)).toBe(numberOf(two?.id) + 1)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends its streams and exits on %s', async (signal) => {
    const { child, ended, started } = run({})
    const url = await started
    const stream = await openStream(`${url}/api/chat/stream?user=Ada`)
    await stream.event('presence')
    child.kill(signal)
    await stream.ended()
    expect(await ended).toEqual({ code: 0, signal: null, errors: '' })
  })

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const { code, errors } = await run({ PORT: String(port) }).ended
    expect([code, errors]).toEqual([1, expect.stringMatching(`^Port ${port} is taken.*\n$`)])
  })

  it('says which setting is wrong', async () => {
    const { code, errors } = await run({ HEARTBEAT_MS: 'often' }).ended
    expect([code, errors]).toEqual([
      1,
      'HEARTBEAT_MS must be a whole number from 10 to 3600000, but it is "often".\n',
    ])
  })

  it('sends the pages with headers that keep foreign scripts out', async () => {
    const url = await run({}).started
    const { headers } = await fetch(url)
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'self'")
  })
})
