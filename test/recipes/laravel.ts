/** Recipe of the README: ids that are in the data, as with Laravel. */
import { useEventStream } from 'vue-event-stream'

export function useLaravelNews(show: (headline: string) => void) {
  return useEventStream<{ headline: { id: number; headline: string } }>('/news', {
    on: { headline: ({ headline }) => show(headline) },
    getEventId: ({ type, data }) => (type === 'headline' ? `${data.id}` : undefined),
  })
}
