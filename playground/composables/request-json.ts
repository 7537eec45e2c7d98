/** The way up: streams come down, requests go up with `fetch`. */
import type { Problem } from '../shared/contract.ts'

const TIMEOUT_MS = 15_000

/** The message can be shown; the status is there when the server has answered. */
export type RequestError = Error & { readonly status?: number }

/** Posts a value as JSON and gives the answer. Throws an error whose message can be shown. */
export function postJson<Answer>(url: string, value?: unknown): Promise<Answer> {
  return request<Answer>(url, {
    method: 'POST',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(value !== undefined && {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(value),
    }),
  })
}

/** As `fetch`, but what is not a success throws, with the server's words for it. */
export async function request<Answer>(url: string, options: RequestInit): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(url, options)
  } catch (cause) {
    throw new Error(describeFailure(options.signal), { cause })
  }
  if (!response.ok) {
    const { status } = response
    throw Object.assign(new Error(await describeProblem(response)), { status })
  }
  return (await response.json().catch(() => undefined)) as Answer
}

function describeFailure(signal: AbortSignal | null | undefined): string {
  if (signal?.reason?.name === 'TimeoutError') return 'The server does not answer.'
  return signal?.aborted ? 'The request was cancelled.' : 'The server cannot be reached.'
}

async function describeProblem(response: Response): Promise<string> {
  const problem: Partial<Problem> | null = await response.json().catch(() => null)
  return problem?.detail ?? problem?.title ?? `The server answered with ${response.status}.`
}
