// @vitest-environment node
/** Development warnings: once for each stream, and never in production. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { useTestStreams } from '../support/test-streams.ts'
import { warn } from '../../src/client/diagnostics.ts'
import type { TestStream } from '../support/test-streams.ts'

afterEach(() => vi.unstubAllEnvs())

const start = useTestStreams()

describe('warn', () => {
  it('says the code, what it is about, why, and what to do', () => {
    const { environment, warnings } = createFakeEnvironment()
    warn(environment, 'undecodable-data', 'greeting')
    expect(warnings).toEqual([
      expect.stringMatching(
        /^\[vue-event-stream\] undecodable-data \(greeting\): .*decoded.*decode:/,
      ),
    ])
  })

  it.each([
    ['no-heartbeat', /silent.*minute.*comment .*15 to 30 seconds/],
    ['unsendable-id', /Last-Event-ID.*Access-Control-Allow-Headers: Last-Event-ID.*via: 'query'/],
    ['renew-impossible', /hand.*ids.*reconnect: true/],
    ['renew-too-often', /put off.*renew\.lead/],
    ['renew-not-loaded', /loaded.*deployment/],
    ['resume-without-key', /URL.*resume\.key/],
    ['fallback-unavailable', /without its fallback.*next attempt/],
    ['storage-unavailable', /reload.*storage.*goes on/],
    ['tabs-not-shared', /Other tabs.*identity.*https/],
    ['tabs-unreachable', /other tabs.*Web Locks.*BroadcastChannel/],
  ] as const)('has a word for %s', (code, expected) => {
    const { environment, warnings } = createFakeEnvironment()
    warn(environment, code, 'subject')
    expect(warnings).toEqual([expect.stringMatching(expected)])
    expect(warnings[0]).toMatch(new RegExp(`^\\[vue-event-stream\\] ${code} \\(subject\\): `))
  })

  it('counts each code by itself', () => {
    const { environment, warnings } = createFakeEnvironment()
    for (const code of ['no-heartbeat', 'unsendable-id', 'no-heartbeat'] as const) {
      warn(environment, code, 'a')
    }
    expect(warnings).toHaveLength(2)
  })

  it('warns once for each stream', () => {
    const streams = [createFakeEnvironment(), createFakeEnvironment()]
    for (const { environment } of streams) {
      warn(environment, 'undecodable-data', 'a')
      warn(environment, 'undecodable-data', 'b')
    }
    expect(streams.map(({ warnings }) => warnings.length)).toEqual([1, 1])
  })

  it('asks whether it is so each time until it has warned, and never in production', () => {
    const { environment, warnings } = createFakeEnvironment()
    const isTrue = vi.fn<() => boolean>().mockReturnValueOnce(false).mockReturnValue(true)
    warn(environment, 'no-heartbeat', 'a', isTrue)
    expect(warnings).toEqual([])
    warn(environment, 'no-heartbeat', 'a', isTrue)
    expect(warnings).toHaveLength(1)
    vi.stubEnv('NODE_ENV', 'production')
    isTrue.mockClear()
    warn(environment, 'undecodable-data', 'a', isTrue)
    expect(isTrue).not.toHaveBeenCalled()
  })

  it('makes what it is about when it warns, and never in production', () => {
    const { environment, warnings } = createFakeEnvironment()
    const subject = vi.fn<() => string>().mockReturnValue('greeting')
    warn(environment, 'undecodable-data', subject, () => false)
    expect(subject).not.toHaveBeenCalled()
    warn(environment, 'undecodable-data', subject)
    expect(warnings).toEqual([expect.stringContaining('(greeting)')])
    vi.stubEnv('NODE_ENV', 'production')
    warn(environment, 'no-heartbeat', subject)
    expect(subject).toHaveBeenCalledOnce()
  })

  it('goes to the console where the platform says nothing else', () => {
    const toConsole = vi.spyOn(console, 'warn').mockReturnValue()
    const { environment } = createFakeEnvironment()
    warn({ ...environment, warn: undefined }, 'undecodable-data', 'a')
    expect(toConsole).toHaveBeenCalledOnce()
  })

  it('is silent in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { environment, warnings } = createFakeEnvironment()
    warn(environment, 'undecodable-data', 'a')
    expect(warnings).toEqual([])
  })

  it('is silent, and does not throw, where there is no process', () => {
    vi.stubGlobal('process', undefined)
    const { environment, warnings } = createFakeEnvironment()
    expect(() => warn(environment, 'undecodable-data', 'a')).not.toThrow()
    vi.unstubAllGlobals()
    expect(warnings).toEqual([])
  })
})

describe('no-heartbeat', () => {
  it.each<[string, (stream: TestStream) => unknown]>([
    ['cut', ({ request }) => request.cut()],
    ['ended by the server', ({ request }) => request.end()],
  ])('comes when a stream is %s that was silent for over a minute', async (_, lose) => {
    const stream = await start()
    await stream.open()
    await stream.advance(60_001)
    expect(stream.warnings).toEqual([])
    await lose(stream)
    expect(stream.warnings).toEqual([expect.stringContaining('no-heartbeat')])
  })

  it.each<[string, (stream: TestStream) => unknown]>([
    ['closes it', ({ client }) => client.close()],
    ['pauses it', ({ client }) => client.pause()],
    ['disables it', ({ client }) => client.setEnabled(false)],
    ['leaves for another URL', ({ client }) => client.setUrl('https://other.test/')],
    ['reconnects', ({ client }) => client.reconnect()],
    ['leaves the page', ({ page }) => page('pagehide')],
  ])('does not come when nothing was lost: the app or the user %s', async (_, leave) => {
    const stream = await start()
    await stream.open()
    await stream.advance(600_000)
    await leave(stream)
    expect(stream.warnings).toEqual([])
  })

  it('does not come when messages came', async () => {
    const stream = await start()
    await stream.open()
    await stream.advance(50_000)
    await stream.request.push('data: 1\n\n')
    await stream.advance(50_000)
    await stream.request.cut()
    expect(stream.warnings).toEqual([])
  })
})

describe('storage-unavailable', () => {
  it('comes once, with why, and the stream goes on', async () => {
    const storage = (): never => {
      throw new Error('SecurityError')
    }
    const stream = await start({ resume: { storage: 'local' }, environment: { storage } })
    await stream.open()
    for (const id of [1, 2]) {
      await stream.request.push(`id: ${id}\ndata: ${id}\n\n`)
      await stream.advance(250)
    }
    expect(stream.client).toMatchObject({ status: 'open', received: 2, lastEventId: '2' })
    expect(stream.errors).toEqual([])
    expect(stream.warnings).toEqual([
      expect.stringMatching(/storage-unavailable \(Error: SecurityError\)/),
    ])
  })
})

describe('resume-without-key', () => {
  const url = (): string => 'https://server.test/events'

  it('comes where a URL that is a function is to be stored', async () => {
    const stream = await start({ url, resume: { storage: 'session' } })
    expect(stream.warnings).toEqual([expect.stringContaining('resume-without-key')])
    expect(stream.requests).toHaveLength(1)
  })

  it('does not come where nothing is stored, or with a key', async () => {
    const streams = [
      await start({ url }),
      await start({ url, resume: { storage: 'session', key: 'chat' } }),
    ]
    for (const { warnings } of streams) expect(warnings).toEqual([])
  })
})
