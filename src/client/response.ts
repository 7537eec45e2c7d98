/** Whether an answer is the stream. */
import { EVENT_STREAM_MIME_TYPE } from '../protocol/constants.ts'
import type { Failure } from './failure.ts'

/** What the head of a response means for the connection. */
export type Verdict =
  | { readonly kind: 'open' }
  | { readonly kind: 'no-content' }
  | { readonly kind: 'unauthorized'; readonly failure: Failure }
  | { readonly kind: 'failure'; readonly failure: Failure }

/**
 * Judges a response by its head.
 * @param wasOpen Whether this URL was a stream before: a page in place of it is then a captive portal or a deploy
 * that passes, not a wrong URL.
 */
export function judgeResponse({ status, headers }: Response, wasOpen: boolean): Verdict {
  if (status === 204) return { kind: 'no-content' }
  if (status === 200) {
    const contentType = headers.get('Content-Type') ?? ''
    if (mimeType(contentType) === EVENT_STREAM_MIME_TYPE) return { kind: 'open' }
    const text =
      `The server answered with Content-Type "${contentType}" instead of "${EVENT_STREAM_MIME_TYPE}". ` +
      'Check the URL and what answers it.'
    return { kind: 'failure', failure: { code: 'content-type', text, status, isFinal: !wasOpen } }
  }
  const failure: Failure = {
    code: 'http-status',
    text: `The server answered with status ${status}.`,
    status,
    isFinal: !isTemporary(status),
  }
  return { kind: status === 401 || status === 403 ? 'unauthorized' : 'failure', failure }
}

function mimeType(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase()
}

/** A busy or broken server, or one that wants the request later: waiting helps. */
function isTemporary(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}
