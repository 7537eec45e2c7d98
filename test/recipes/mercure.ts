/** Recipe of the README: a Mercure hub. */
import { useEventStream } from 'vue-event-stream'

interface Book {
  title: string
  stock: number
}

export function useBook(
  topic: string,
  loadedAt: string,
  show: (book: Book) => void,
  reload: () => void,
) {
  const query = new URLSearchParams({ match: topic }) // `topic` on hubs before 1.0
  return useEventStream<{ message: Book }>(`/.well-known/mercure?${query}`, {
    on: { message: show },
    initialLastEventId: loadedAt, // the `last-event-id` of the Link header that came with the book
    resume: { via: 'both', param: 'last_event_id' },
    onGap: reload, // the hub answers `earliest`: its history does not reach back
  })
}
