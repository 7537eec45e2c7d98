/** What `send()` is given, as a request takes it. */
import { toHeaders } from '../client/transports/request.ts'
import type { ConnectionOptions } from '../client/options.ts'

/** Plain objects, arrays, and objects of the app's own classes. */
const JSON_TAG = /^\[object (Object|Array)]$/

export interface RequestBody {
  readonly body: BodyInit | null | undefined
  readonly isJson: boolean
}

/** Objects and arrays become JSON, as they are now; anything else is left as it is. Throws as `JSON.stringify`. */
export function toRequestBody(body: BodyInit | object | null | undefined): RequestBody {
  const isJson = JSON_TAG.test(Object.prototype.toString.call(body))
  return { body: isJson ? JSON.stringify(body) : (body as RequestBody['body']), isJson }
}

export interface BodyHeaders {
  readonly headers: ConnectionOptions['headers']
  /** Whether the next body is JSON. */
  setJson(isJson: boolean): void
}

const CONTENT_TYPE = 'Content-Type'

/** The app's headers and, unless they say what the body is, that it is JSON. A function stays one: it is asked for tokens. */
export function createBodyHeaders(own: ConnectionOptions['headers']): BodyHeaders {
  let isJson = false
  if (typeof own === 'function') {
    return {
      headers: async (context) => completed(toHeaders(await own(context)), isJson),
      setJson: (next) => void (isJson = next),
    }
  }
  let headers: Headers
  try {
    headers = toHeaders(own)
  } catch {
    // The request will say what is wrong with them.
    return { headers: own, setJson() {} }
  }
  const isOwn = headers.has(CONTENT_TYPE)
  return {
    headers,
    setJson(next) {
      if (!isOwn) headers.delete(CONTENT_TYPE)
      completed(headers, next)
    },
  }
}

function completed(headers: Headers, isJson: boolean): Headers {
  if (isJson && !headers.has(CONTENT_TYPE)) headers.set(CONTENT_TYPE, 'application/json')
  return headers
}
