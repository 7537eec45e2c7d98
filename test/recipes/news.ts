/** Recipe of the README: what follows a stream of one's own server. */
import { useEventStream } from 'vue-event-stream'

interface News {
  headline: { headline: string }
}

export function useNews(show: (headline: string) => void, reload: () => void) {
  return useEventStream<News>('/news', {
    on: { headline: ({ headline }) => show(headline) },
    resume: { gapEvent: 'history-lost' }, // the server remembers only so much
    onGap: reload,
  })
}
