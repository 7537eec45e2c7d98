/** Writes an invented story at a steady pace while somebody reads. */
import { STORIES, WORDS } from './news-stories.ts'
import type { NewsCategory } from '../shared/contract.ts'
import type { Slot, StoryTemplate } from './news-stories.ts'

export interface Story {
  category: NewsCategory
  headline: string
  summary: string
}

export interface NewsroomOptions {
  /** 0: writes nothing. */
  intervalMs: number
  /** Epoch ms: a restart must not hurry the next story. */
  lastStoryTime: number
  onStory(story: Story): void
}

export interface Newsroom {
  /** Returns what takes the reader away again. */
  addReader(): () => void
  close(): void
}

/** The desk's day: every category comes often, breaking news stays rare enough to stand out. */
const SCHEDULE: readonly NewsCategory[] = [
  'sports',
  'weather',
  'breaking',
  'weather',
  'sports',
  'sports',
  'weather',
  'breaking',
]
/** A template rests until this many others of its category have been used. */
const RESTING_TEMPLATES = 8
/** No headline comes twice among so many. */
const REMEMBERED_HEADLINES = 60

export function createNewsroom({ intervalMs, lastStoryTime, onStory }: NewsroomOptions): Newsroom {
  const nextStory = createStoryWriter()
  let readers = 0
  let timer: NodeJS.Timeout | undefined
  let lastTime = lastStoryTime

  function schedule(): void {
    clearTimeout(timer)
    if (readers === 0 || intervalMs === 0) return
    // A clock that was set back must not silence the desk for longer than one interval.
    const delay = Math.min(intervalMs, Math.max(0, lastTime + intervalMs - Date.now()))
    timer = setTimeout(() => {
      lastTime = Date.now()
      onStory(nextStory())
      schedule()
    }, delay)
  }

  return {
    addReader() {
      if (++readers === 1) schedule()
      return () => {
        if (--readers === 0) clearTimeout(timer)
      }
    },
    close: () => clearTimeout(timer),
  }
}

/** Every call is another story: nobody reads the same headline twice in several minutes. */
export function createStoryWriter(random: () => number = Math.random): () => Story {
  const resting = new Map<NewsCategory, StoryTemplate[]>()
  let headlines: string[] = []
  let position = Math.floor(random() * SCHEDULE.length)

  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item

  function pickTemplate(category: NewsCategory): StoryTemplate {
    const used = resting.get(category) ?? []
    const template = pick(STORIES[category].filter((candidate) => !used.includes(candidate)))
    resting.set(category, [template, ...used].slice(0, RESTING_TEMPLATES))
    return template
  }

  function write(category: NewsCategory): Story {
    const { headline, summary } = pickTemplate(category)
    const chosen = new Map<string, string>()

    /** `{team}` is the same in headline and summary, `{team2}` is another one. */
    const fill = (text: string): string =>
      text.replaceAll(/\{([a-z]+)\d?\}/g, (slot, kind: Slot) => {
        const free = WORDS[kind].filter((word) => ![...chosen.values()].includes(word))
        const word = chosen.get(slot) ?? pick(free)
        chosen.set(slot, word)
        return word
      })
    return { category, headline: fill(headline), summary: fill(summary) }
  }

  return () => {
    const category = SCHEDULE[position++ % SCHEDULE.length] as NewsCategory
    let story = write(category)
    while (headlines.includes(story.headline)) story = write(category)
    headlines = [story.headline, ...headlines].slice(0, REMEMBERED_HEADLINES)
    return story
  }
}
