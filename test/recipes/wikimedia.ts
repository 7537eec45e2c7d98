/** Recipe of the README: Wikimedia EventStreams. */
import { useEventStream } from 'vue-event-stream'

interface Change {
  title: string
  user: string
  meta: { id: string; dt: string; domain: string }
}

export function useRecentChanges(show: (change: Change) => void) {
  return useEventStream<{ message: Change }>(
    'https://stream.wikimedia.org/v2/stream/recentchange',
    {
      // Its ids are JSON of a position in every topic, for a header that it takes from no other origin. A time it takes.
      getEventId: ({ data }) => data.meta.dt,
      resume: { via: 'query', param: 'since' },
      dedupe: ({ data }) => data.meta.id, // it starts with the last ones again
      on: { message: (change) => change.meta.domain !== 'canary' && show(change) },
    },
  )
}
