/** A news feed: the category is the event type, so each has a queue of its own. */
import { computed } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { postJson } from './request-json.ts'
import { useLateHistory } from './use-late-history.ts'
import { NEWS_CATEGORIES } from '../shared/contract.ts'
import type { Ref } from 'vue'
import type { MessageOf } from 'vue-event-stream'
import type { NewsCategory, NewsEvents, NewsItem, NewsRequest } from '../shared/contract.ts'

const POLL_INTERVAL_MS = 5000
const CAPACITY: Counts = { breaking: 4, sports: 12, weather: 8 }

type Counts = Record<NewsCategory, number>

/** A story as it came: its data, and a key for `v-for`. */
export type Story = MessageOf<NewsCategory, NewsItem>

/** @param onBreaking Called for every breaking story, also for those that are replayed. */
export function useNewsFeed(onBreaking: (item: NewsItem) => void) {
  const stream = useEventStream<NewsEvents>('/news/stream', {
    // Everybody reads the same: one connection for all tabs.
    share: 'tabs',
    identity: null,
    // A tab that comes late, to a connection that has told more than is remembered, asks for what it lacks.
    onGap: ({ reason }) => reason === 'late' && history.fetchMissed(),
    on: { breaking: onBreaking },
    // Behind a proxy that holds streams back: the same stories, under the same ids.
    fallback: {
      transport: pollingTransport({ url: '/news/since', interval: POLL_INTERVAL_MS }),
    },
  })

  const history = useLateHistory('/api/news/history', stream, NEWS_CATEGORIES)

  const breaking = useMessageQueue(stream, 'breaking', { capacity: CAPACITY.breaking })
  const sports = useMessageQueue(stream, 'sports', { capacity: CAPACITY.sports })
  const weather = useMessageQueue(stream, 'weather', { capacity: CAPACITY.weather })
  const dropped = computed(
    () => breaking.dropped.value + sports.dropped.value + weather.dropped.value,
  )

  const told = useEventStreamState<NewsEvents, Counts>(
    stream,
    { breaking: 0, sports: 0, weather: 0 },
    {
      breaking: (all) => ({ ...all, breaking: all.breaking + 1 }),
      sports: (all) => ({ ...all, sports: all.sports + 1 }),
      weather: (all) => ({ ...all, weather: all.weather + 1 }),
    },
  )

  const counts = computed<Counts>(() => {
    const all = { ...told.value }
    for (const { type } of history.fetched.value) all[type as NewsCategory]++
    return all
  })

  /** Newest first. */
  function list(category: NewsCategory, messages: Readonly<Ref<readonly Story[]>>) {
    const stories = history.withHistory(messages, [category], CAPACITY[category])
    return computed(() => stories.value.map((_, index, all) => all.at(-1 - index)!))
  }

  /** Rejects with the server's words; the story itself comes back through the stream. */
  async function publish(story: NewsRequest): Promise<void> {
    await postJson('/api/news', story)
  }

  return {
    stream,
    breaking: list('breaking', breaking.messages),
    sports: list('sports', sports.messages),
    weather: list('weather', weather.messages),
    dropped,
    counts,
    publish,
    pollInterval: POLL_INTERVAL_MS,
  }
}
