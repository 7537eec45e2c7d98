/** What the fault server says of the requests of one test, told apart by a tag. Runs in Node and in browsers. */

export interface TaggedRequest {
  method: string
  path: string
  query: Record<string, string>
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** How often the server has cleaned up after it. */
  cleanups: number
  /** When it came, in milliseconds of the server's clock. */
  at: number
}

export interface TaggedLog {
  requests: TaggedRequest[]
  /** What the browser asked before. */
  preflights: { at: number }[]
  /** What a client that polls asked after its first requests. */
  polls: Pick<TaggedRequest, 'headers' | 'at'>[]
}

/** A URL with the tag. */
export function tagged(url: string, tag: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}tag=${tag}`
}

/** All that came with this tag, in order. */
export async function logOf(serverUrl: string, tag: string): Promise<TaggedLog> {
  const response = await fetch(tagged(`${serverUrl}/log`, tag))
  return (await response.json()) as TaggedLog
}

export async function requestsOf(serverUrl: string, tag: string): Promise<TaggedRequest[]> {
  return (await logOf(serverUrl, tag)).requests
}
