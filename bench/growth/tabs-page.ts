/**
 * What runs in the pages of the line of tabs. The page with `?frames=<n>` holds so many documents of its own origin; each
 * of those is a tab to the library, with a stream that has `share: 'tabs'`. It posts what they have whenever they have
 * come to the same point: no DevTools session is needed.
 */
import { createApp, h } from 'vue'
import { useEventStream } from '../../src/index.ts'
import { createLedger } from './events.ts'
import type { Payload } from './events.ts'

/** What all of them have in common. */
export interface TabsReport {
  readonly count: number
  /** What somebody got that was not due. */
  readonly wrong: readonly string[]
}

interface TabState {
  readonly isOpen: boolean
  readonly count: number
  readonly wrong: readonly string[]
}

declare global {
  /** Of a document that is a tab. */
  var readTab: (() => TabState) | undefined
}

const LOOK_MS = 50
const parameters = new URLSearchParams(location.search)
const stream = parameters.get('stream')!
const frameCount = Number(parameters.get('frames') ?? 0)

if (frameCount > 0) holdFrames()
else startTab()

function holdFrames(): void {
  const frames = Array.from({ length: frameCount }, () => {
    const frame = document.createElement('iframe')
    frame.src = `/?stream=${stream}`
    // All are in sight: what is not may get no frames.
    frame.style.cssText = 'width: 40px; height: 20px; border: 0'
    return document.body.appendChild(frame)
  })
  let told = ''

  setInterval(() => {
    const states = frames.map((frame) =>
      (frame.contentWindow as typeof globalThis | null)?.readTab?.(),
    )
    const { count } = states[0] ?? { count: 0 }
    const wrong = states.flatMap((state) => state?.wrong ?? [])
    if (wrong.length === 0 && !states.every((state) => state?.isOpen && state.count === count))
      return
    const body = JSON.stringify({ count, wrong } satisfies TabsReport)
    if (body !== told) void fetch(`/reports/${stream}`, { method: 'POST', body })
    told = body
  }, LOOK_MS)
}

function startTab(): void {
  const ledger = createLedger()
  createApp({
    setup() {
      const { status, message } = useEventStream<{ tick: Payload }>(`/streams/${stream}`, {
        share: 'tabs',
        identity: null,
        on: { tick: ledger.take },
      })
      globalThis.readTab = () => {
        const isOpen = status.value === 'open'
        try {
          return { isOpen, count: ledger.count(), wrong: [] }
        } catch (cause) {
          return { isOpen, count: 0, wrong: [`${cause}`] }
        }
      }
      return () => h('p', message.value?.data.n)
    },
  }).mount(document.body.appendChild(document.createElement('div')))
}
