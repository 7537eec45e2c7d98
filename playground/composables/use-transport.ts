/** How a stream's messages come, and why not as a stream: what was wrong when its fallback took over. */
import { computed, shallowRef, watch } from 'vue'
import { describeReason, describeTransport } from './connection-text.ts'
import type { AnyStream } from './any-stream.ts'

/** @param pollInterval Milliseconds between two questions of the fallback. */
export function useTransport({ transport, error, reason }: AnyStream, pollInterval: () => number) {
  const why = shallowRef('')

  // Synchronous: the error is gone as soon as the fallback has an answer.
  watch(
    [transport, error],
    ([name, current]) => {
      if (name !== 'polling') why.value = ''
      else why.value ||= current?.hint ?? toSentence(describeReason(reason.value))
    },
    { flush: 'sync', immediate: true },
  )

  return {
    isPolling: computed(() => transport.value === 'polling'),
    text: computed(() => describeTransport(transport.value, pollInterval())),
    /** Empty while there is nothing to explain. */
    why,
  }
}

function toSentence(text: string): string {
  return text && `${text[0]!.toUpperCase()}${text.slice(1)}.`
}
