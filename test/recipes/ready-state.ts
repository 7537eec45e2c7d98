/** Recipe of the README: the shape of hooks that follow `EventSource`, `readyState` and all. */
import { computed } from 'vue'
import { useEventStream } from 'vue-event-stream'
import type { UseEventStreamOptions } from 'vue-event-stream'

type Options = Pick<UseEventStreamOptions, 'onMessage' | 'onError' | 'onOpen'> & {
  url: string
  events?: UseEventStreamOptions['on']
}

export function useSSE({ url, events, ...callbacks }: Options) {
  const { message, error, status, close, on } = useEventStream(url, { on: events, ...callbacks })
  const data = computed(() => message.value?.data)
  const readyState = computed(() => {
    if (status.value === 'open') return 1 // OPEN
    return /connecting/.test(status.value) ? 0 : 2 // CONNECTING, CLOSED
  })
  return { data, error, readyState, close, addEventListener: on }
}
