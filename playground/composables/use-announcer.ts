/** Says things to screen readers: two live regions for the whole app, and no flood of words. */
import { nextTick, shallowRef } from 'vue'

/** What is being said: politely, or over everything else. */
export const polite = shallowRef('')
export const assertive = shallowRef('')

/** Says a text once. Assertive interrupts: only for what cannot wait. */
export async function announce(text: string, region = polite): Promise<void> {
  // An equal text is no change to a live region: it has to be empty in between.
  region.value = ''
  await nextTick()
  region.value = text
}

const PAUSE_MS = 4000

/**
 * Announces a stream of texts without flooding: the first at once, then at most one every four seconds, and several
 * as their number.
 */
export function createThrottledAnnouncer(countOf: (count: number) => string) {
  let waiting: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    timer = undefined
    if (waiting.length === 0) return
    void announce(waiting.length === 1 ? waiting[0]! : countOf(waiting.length))
    waiting = []
    timer = setTimeout(flush, PAUSE_MS)
  }

  return {
    say(text: string): void {
      waiting.push(text)
      if (timer === undefined) flush()
    },
    stop(): void {
      clearTimeout(timer)
      timer = undefined
      waiting = []
    },
  }
}
