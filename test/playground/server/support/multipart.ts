/** Multipart requests, honest and otherwise, over plain node:http. */
import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'

export interface Part {
  name: string
  content: Buffer | string
}

const BOUNDARY = 'playground-test-boundary'

/** The file names go out byte by byte as given. */
export function multipart(parts: readonly Part[]): Buffer {
  const chunks = parts.flatMap(({ name, content }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

export interface RawAnswer {
  status: number
  body: any
}

export interface RawPost {
  readonly outgoing: ClientRequest
  readonly answer: Promise<RawAnswer>
}

/** Opens the POST with these headers; the test writes and ends (or destroys) it. */
export function beginPost(url: string, headers: Record<string, string | number> = {}): RawPost {
  const outgoing = request(url, {
    method: 'POST',
    agent: false,
    headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers },
  })
  const answer = new Promise<RawAnswer>((resolve, reject) => {
    outgoing.once('error', reject)
    outgoing.once('response', (response: IncomingMessage) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text ? JSON.parse(text) : undefined }),
      )
    })
  })
  // A test that ends the request on purpose does not wait for its answer.
  answer.catch(() => {})
  return { outgoing, answer }
}

export function postParts(url: string, parts: readonly Part[]): Promise<RawAnswer> {
  const body = multipart(parts)
  const { outgoing, answer } = beginPost(url, { 'Content-Length': body.length })
  outgoing.end(body)
  return answer
}
