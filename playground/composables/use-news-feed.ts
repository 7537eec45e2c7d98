/** A news feed: the category is the event type, so each has a queue of its own. */
import { computed } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { postJson } from './request-json.ts'
import type { MessageOf } from 'vue-event-stream'
import type { NewsCategory, NewsEvents, NewsItem, NewsRequest } from '../shared/contract.ts'

const POLL_INTERVAL_MS = 5000

type Counts = Record<NewsCategory, number>

/** A story as it came: its data, and a key for `v-for`. */
export type Story = MessageOf<NewsCategory, NewsItem>

/** @param onBreaking Called for every breaking story, also for those that are replayed. */
export function useNewsFeed(onBreaking: (item: NewsItem) => void) {
  const stream = useEventStream<NewsEvents>('/news/stream', {
    on: { breaking: onBreaking },
    // Behind a proxy that holds streams back: the same stories, under the same ids.
    fallback: {
      transport: pollingTransport({ url: '/news/since', interval: POLL_INTERVAL_MS }),
    },
  })

  const breaking = useMessageQueue(stream, 'breaking', { capacity: 4 })
  const sports = useMessageQueue(stream, 'sports', { capacity: 12 })
  const weather = useMessageQueue(stream, 'weather', { capacity: 8 })
  const dropped = computed(
    () => breaking.dropped.value + sports.dropped.value + weather.dropped.value,
  )

  const counts = useEventStreamState<NewsEvents, Counts>(
    stream,
    { breaking: 0, sports: 0, weather: 0 },
    {
      breaking: (all) => ({ ...all, breaking: all.breaking + 1 }),
      sports: (all) => ({ ...all, sports: all.sports + 1 }),
      weather: (all) => ({ ...all, weather: all.weather + 1 }),
    },
  )

  /** Rejects with the server's words; the story itself comes back through the stream. */
  async function publish(story: NewsRequest): Promise<void> {
    await postJson('/api/news', story)
  }

  return {
    stream,
    breaking: newestFirst(breaking.messages),
    sports: newestFirst(sports.messages),
    weather: newestFirst(weather.messages),
    dropped,
    counts,
    publish,
    pollInterval: POLL_INTERVAL_MS,
  }
}

function newestFirst(messages: { readonly value: readonly Story[] }) {
  return computed(() => messages.value.map((_, index, all) => all.at(-1 - index)!))
}
