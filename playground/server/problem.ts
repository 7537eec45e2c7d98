/**
 * What went wrong, as every answer of the API says it: `application/problem+json`.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
import type { Problem } from '../shared/contract.ts'

/** Thrown anywhere below a route; the app turns it into the answer. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem'
  readonly status: number
  readonly detail?: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    title: string,
    detail?: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(title)
    this.status = status
    this.detail = detail
    this.headers = headers
  }
}

export function problemResponse(problem: RequestProblem): Response {
  const { message: title, status, detail, headers } = problem
  const body: Problem = detail === undefined ? { title, status } : { title, status, detail }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  })
}

/** What is not a problem of the request is a fault of the server: its details go to the console only. */
export function toProblem(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error
  console.error('[playground]', error)
  return new RequestProblem(500, 'The server failed', 'Its console says why.')
}
