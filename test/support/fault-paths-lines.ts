/** The paths of the fault server that are NDJSON, whole or not. */
import { number, startStream } from './fault-stream.ts'
import type { Responder } from './fault-stream.ts'

const NDJSON = { 'Content-Type': 'application/x-ndjson' }

export const LINE_PATHS: Readonly<Record<string, Responder>> = {
  /** `bytes=<hex>&end=open`: these bytes; then it stays open, or ends `clean`, or is `cut`. */
  '/ndjson'({ query, response }) {
    startStream(response, NDJSON)
    const bytes = Buffer.from(query.get('bytes') ?? '', 'hex')
    if (query.get('end') === 'clean') return void response.end(bytes)
    response.write(bytes, () => query.get('end') === 'cut' && response.destroy())
  },

  /** `chars=10000000&depth=0`: a line of as many characters, or of as many arrays in each other, between two others. */
  '/long-line'(exchange) {
    const { response } = exchange
    const depth = number(exchange, 'depth', 0)
    const text = `"${'x'.repeat(number(exchange, 'chars', 0))}"`
    startStream(response, NDJSON)
    response.write(`"first"\n${'['.repeat(depth)}${text}${']'.repeat(depth)}\n"end"\n`)
  },
}

/** The path of a server that sends these lines, or bytes, and stays there. */
export function linesPath(content: string | Uint8Array, end = 'open'): string {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `/ndjson?end=${end}&bytes=${hex}`
}
