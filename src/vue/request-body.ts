/** What `send()` is given, as a request takes it. */

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
