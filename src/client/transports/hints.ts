/** What is most likely behind a failure, as far as one can tell from here: for `error.hint`. */

/** Headers in which caches say that they answered. */
const CACHE_HEADERS = ['X-Cache', 'X-Cache-Status', 'CF-Cache-Status', 'X-Proxy-Cache']

/** Of a stream that is mute, or has not even a head. */
export const BUFFERED =
  'If other requests get through, a proxy holds the stream back: turn its buffering off (X-Accel-Buffering: no).'

/** Of an answer that ended, though streams do not. */
export function hintOfEnd(headers: Headers): string | undefined {
  if (
    Number(headers.get('Age')) > 0 ||
    CACHE_HEADERS.some((name) => /\bhit\b/i.test(`${headers.get(name)}`))
  )
    return 'The answer is a copy from a cache: send Cache-Control: no-store.'
  if (headers.has('Content-Length'))
    return 'The answer has a Content-Length: the server, or a proxy, made a finished document of it.'
  return undefined
}

/** Of an answer of another type than was asked for. */
export function hintOfType(contentType: string, accept: string): string {
  if (/html/i.test(contentType))
    return 'An HTML page came: check the URL. It may be a sign-in, or what the server sends for unknown paths.'
  return `The server has to send Content-Type: ${accept.replace(/,.*/, '')}.`
}
