/** What is most likely behind a failure, as far as one can tell from here: for `error.hint`. */

/** Of a stream that is mute, or has not even a head. */
export const BUFFERED =
  'If other requests get through, turn buffering by a proxy off (X-Accel-Buffering: no).'

/** Of an answer that ended, though streams do not. */
export function hintOfEnd(headers: Headers): string | undefined {
  // Caches have many names for it: X-Cache, Cache-Status, CF-Cache-Status …
  const isHit = [...headers].some(
    ([name, value]) => /\bcache\b/i.test(name) && /\bhit\b/i.test(value),
  )
  if (isHit || Number(headers.get('Age')) > 0)
    return 'It came from a cache: send Cache-Control: no-store.'
  if (headers.has('Content-Length')) return 'It had a Content-Length, which streams do not have.'
  return undefined
}

/** Of an answer of another type than was asked for. */
export function hintOfType(contentType: string, accept: string): string {
  if (/html/i.test(contentType)) return 'An HTML page came, perhaps a sign-in: check the URL.'
  return `Send Content-Type: ${accept.replace(/,.*/, '')}.`
}
