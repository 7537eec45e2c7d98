/** Reads a response body as it arrives. A plain `read()` loop: `pipeThrough` was measured 4 to 20 times slower. */

export interface BodySink {
  onBytes(bytes: Uint8Array): void
  /** Something to wait for before the next read, while the app does not want more: TCP then slows the server. */
  whenReady(): Promise<void> | undefined
}

/** Resolves at the end of the body or when aborted, rejects when the connection is cut. */
export async function readBody(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  sink: BodySink,
): Promise<void> {
  const reader = body.getReader()
  // For a `fetch` of the app's own that does not look at the signal: nothing may stay open.
  const cancel = (): void => void reader.cancel().catch(ignore)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for (;;) {
      const wait = sink.whenReady()
      if (wait) await wait
      if (signal.aborted) return
      const { done, value } = await reader.read()
      if (done || signal.aborted) return
      sink.onBytes(value)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Gives up a body that nobody reads, so that the connection is free. */
export function discardBody(response: Response): void {
  response.body?.cancel().catch(ignore)
}

function ignore(): void {}
