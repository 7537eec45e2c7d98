import { request } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../playground/shared/contract.ts'
import { startApi } from './support/api-server.ts'
import type { IncomingMessage } from 'node:http'

const MESSAGE = JSON.stringify({ user: 'Ada', text: 'hi' })

/** Unlike fetch, this sends any Origin and any body in any way. */
async function post(
  url: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Promise<{ status: number; title?: string }> {
  const outgoing = request(url, { method: 'POST', agent: false, headers })
  outgoing.on('error', () => {})
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const content = await text(response)
  return { status: response.statusCode ?? 0, title: JSON.parse(content).title }
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

describe('a JSON body', () => {
  it.each([
    ['JSON', JSON_TYPE, 201],
    ['JSON with a charset', { 'Content-Type': 'Application/JSON; charset=utf-8' }, 201],
    ['a form, which a page of another site could send', { 'Content-Type': 'text/plain' }, 415],
    ['no type at all', {}, 415],
  ])('declared as %s is answered %s %i', async (_, headers, status) => {
    const { url } = await startApi()
    expect((await post(`${url}/api/chat/messages`, headers, MESSAGE)).status).toBe(status)
  })

  it.each([
    ['{', 'The body is not valid JSON'],
    ['', 'The body is not valid JSON'],
    [Buffer.from([0x22, 0xff, 0x22]), 'The body is not valid JSON'],
    ['[]', 'The body must be a JSON object'],
    ['null', 'The body must be a JSON object'],
    ['{"__proto__":{"user":"Ada","text":"hi"}}', '"user" must be a name of 1 to 40 characters'],
  ])('that is %j is answered: %s', async (body, title) => {
    const { url } = await startApi()
    const answer = await post(`${url}/api/chat/messages`, JSON_TYPE, body)
    expect(answer).toEqual({ status: 400, title })
  })

  it.each<Record<string, string>>([{}, { 'Transfer-Encoding': 'chunked' }])(
    'is read up to its limit, sent with %j',
    async (headers) => {
      const { url } = await startApi()
      const body = JSON.stringify({ text: 'x'.repeat(LIMITS.bodyBytes) })
      const answer = await post(`${url}/api/chat/messages`, { ...JSON_TYPE, ...headers }, body)
      expect(answer.status).toBe(413)
    },
  )
})

describe('Origin', () => {
  it.each([
    ['our own page', (host: string) => `http://${host}`, 201],
    ['our own page behind a proxy with TLS', (host: string) => `https://${host}`, 201],
    ['another port', () => 'http://127.0.0.1:1', 403],
    ['another site', () => 'https://example.com', 403],
    ['a sandboxed frame', () => 'null', 403],
    ['nonsense', () => '::', 403],
  ])('of %s', async (_, originOf, status) => {
    const { url } = await startApi()
    const headers = { ...JSON_TYPE, Origin: originOf(new URL(url).host) }
    expect((await post(`${url}/api/chat/messages`, headers, MESSAGE)).status).toBe(status)
    expect((await post(`${url}/api/uploads`, headers, '')).status).toBe(status)
  })

  it('does not matter for reading', async () => {
    const { url } = await startApi()
    const answer = await fetch(`${url}/api/health`, { headers: { Origin: 'https://example.com' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.has('Access-Control-Allow-Origin')).toBe(false)
  })
})

describe('a page of another site', () => {
  it.each(['/api/chat/stream?user=Eve', '/api/news/stream'])(
    'cannot listen to %s',
    async (path) => {
      const { url } = await startApi()
      const outgoing = request(url + path, {
        agent: false,
        headers: { 'Sec-Fetch-Site': 'cross-site' },
      })
      outgoing.end()
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
      expect(response.statusCode).toBe(403)
      expect(JSON.parse(await text(response)).title).toBe('Pages of other sites cannot listen here')
    },
  )
})

describe('the API', () => {
  it('tells how it is', async () => {
    const { url } = await startApi()
    const answer = await fetch(`${url}/api/health`)
    expect(await answer.json()).toEqual({
      status: 'ok',
      streams: 0,
      uptimeMs: expect.any(Number),
    })
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  it.each(['/api', '/api/', '/api/nothing', '/api/chat', '/api/chat/stream/x?user=a', '/api?x'])(
    'has nothing at %s',
    async (path) => {
      const { url } = await startApi()
      const answer = await fetch(url + path)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(await answer.json()).toEqual({ title: 'There is no such address', status: 404 })
    },
  )

  it('leaves what is not its own to the next handler', async () => {
    const { url } = await startApi()
    expect((await fetch(`${url}/apis`)).status).toBe(418)
    expect((await fetch(url)).status).toBe(418)
  })

  it('answers a request it cannot understand as a problem, too', async () => {
    const { url } = await startApi()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end('GET /api/health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('application/problem+json')
  })
})
