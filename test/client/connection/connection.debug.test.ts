// @vitest-environment node
/** The log that helps to see inside: what happened when, and nothing that is nobody's business. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const URL = 'https://server.test/events'

interface LoggedStream extends TestStream {
  lines: string[]
  /** Takes the lines out. */
  takeLines(): string[]
}

async function startLogged(options: TestStreamOptions = {}): Promise<LoggedStream> {
  const lines: string[] = []
  const debug = (text: string): void => void lines.push(text)
  const stream = await start({ url: URL, ...options, environment: { debug } })
  return Object.assign(stream, { lines, takeLines: () => lines.splice(0) })
}

describe('the debug log', () => {
  it('shows each status with its reason, what is asked for, and each message', async () => {
    const stream = await startLogged()
    expect(stream.takeLines()).toEqual([
      expect.stringMatching(/is connecting/),
      `${URL} request after ""`,
    ])
    await stream.open()
    await stream.request.push('id: 5\nevent: a\ndata: 1\n\ndata: 2\n\n')
    await stream.request.cut()
    expect(stream.takeLines()).toEqual([
      `${URL} is open (null)`,
      ...[`${URL} message "a" "5"`, `${URL} message "message" "5"`],
      ...[`${URL} is reconnecting (network)`, `${URL} error: network`],
    ])
    await stream.advance(750)
    await stream.open()
    expect(stream.takeLines()).toEqual([
      ...[`${URL} is reconnecting (network)`, `${URL} request after "5"`],
      ...[`${URL} is open (null)`, `${URL} gap: no-id`],
    ])
    stream.client.close()
    expect(stream.takeLines()).toEqual([`${URL} is closed (user)`])
  })

  it('shows errors of handlers and of data by their code', async () => {
    const stream = await startLogged({
      onMessage() {
        throw new Error('secret')
      },
    })
    await stream.open()
    await stream.request.push('data: {\n\n', 'data: 1\n\n')
    expect(stream.lines.filter((line) => line.includes('error:'))).toEqual([
      ...[`${URL} error: decode`, `${URL} error: handler`],
    ])
  })

  it('shows the URL that is asked for, also when functions give it', async () => {
    const urls = ['https://a.test/1?token=secret', 'https://a.test/2?token=secret']
    const stream = await startLogged({ url: () => urls.shift()! })
    await stream.request.refuse()
    await stream.advance(750)
    expect(stream.lines.filter((line) => line.includes('request'))).toEqual([
      ...['https://a.test/1 request after ""', 'https://a.test/2 request after ""'],
    ])
  })

  it('shows no token, query, header, body or data', async () => {
    const stream = await startLogged({
      url: 'https://server.test/events?token=secret#secret',
      method: 'POST',
      reconnect: true,
      headers: () => ({ Authorization: 'Bearer secret' }),
      body: 'secret',
      resume: { via: 'both', storage: 'session', key: 'secret' },
      on: {
        a() {
          throw new Error('secret')
        },
      },
    })
    await stream.request.respond({ status: 503, contentType: 'text/plain', isComplete: false })
    await stream.request.push('secret')
    await stream.request.end()
    await stream.advance(750)
    await stream.open()
    await stream.request.push('id: 5\nevent: a\ndata: "secret"\n\n', 'data: secret\n\n')
    await stream.request.cut(new TypeError('secret'))
    await stream.advance(1000)
    await stream.open()
    stream.client.setUrl('https://other.test/?token=secret')
    await settle()
    stream.client.close()
    expect(stream.lines.length).toBeGreaterThan(12)
    expect(stream.lines.join('\n')).toContain('gap')
    expect(stream.lines.join('\n')).not.toContain('secret')
    expect(stream.lines.join('\n')).not.toContain('token')
  })

  it('is silent where nobody asked for it, and changes nothing', async () => {
    const run = async (debug: ((text: string) => void) | undefined): Promise<string[]> => {
      const stream = await start({ environment: { debug } })
      await stream.open()
      await stream.request.push('data: 1\n\n')
      await stream.request.cut()
      await stream.advance(750)
      await stream.open()
      stream.client.close()
      return stream.log
    }
    expect(await run(() => {})).toEqual(await run(undefined))
  })
})
