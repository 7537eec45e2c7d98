/** A request whose answer is read as it comes, so that a test can say what has arrived by now, and what has not. */

export interface WatchedAnswer {
  /** As soon as the head is there. */
  readonly response: Response | undefined
  /** What has come of the body. */
  readonly text: string
  /** `cut`: the body broke off. `refused`: there was never a head. */
  readonly outcome: 'end' | 'cut' | 'refused' | undefined
  /** Leaves, as a page that is closed. */
  close(): void
}

export function watchAnswer(url: string, init: RequestInit = {}): WatchedAnswer {
  const controller = new AbortController()
  let response: Response | undefined
  let outcome: WatchedAnswer['outcome']
  let text = ''

  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    try {
      response = await fetch(url, { ...init, signal: controller.signal })
      for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true })
      outcome = 'end'
    } catch {
      outcome = response ? 'cut' : 'refused'
    }
  }
  void read()

  return {
    get response() {
      return response
    },
    get text() {
      return text
    },
    get outcome() {
      return outcome
    },
    close: () => controller.abort(),
  }
}
