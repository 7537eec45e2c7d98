/** Components that use one connection together: `share: 'app'`. */
import { defineComponent, h } from 'vue'
import { useEventStream } from '../../../src/index.ts'
import { countAll, createLedger, eventChunks } from '../events.ts'
import { startApp } from '../growth-app.ts'
import { collectGarbage, play, writes } from '../play.ts'
import type { Payload } from '../events.ts'
import type { GrowthLine } from '../growth-line.ts'

/** So that a hundred components are done with them within a slice of delivery: later frames would be other work. */
const PER_FRAME = 10

export const components: GrowthLine = {
  name: 'components',
  title: "Components that share: 'app'",
  note: `Mounted in one app, each with a handler, and showing the last message; ${PER_FRAME} events a frame over one connection.`,
  sizes: 'components',
  grows: 'work',
  unit: 'component',
  trials: [
    { size: 1, count: 20_000, warmUp: 15_000 },
    { size: 10, count: 6000, warmUp: 3000 },
    { size: 100, count: 1000, warmUp: 500 },
  ],
  quick: [1, 10, 100].map((size) => ({ size, count: 250, warmUp: 100 })),
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const ledgers = Array.from({ length: size }, () => createLedger())
    /** What each of them shows. */
    const shown = ledgers.map(() => 0)
    const isOpen = ledgers.map(() => (): boolean => false)
    const Subscriber = defineComponent<{ index: number }>(
      ({ index }) => {
        const stream = useEventStream<{ tick: Payload }>('/stream', {
          on: { tick: ledgers[index]!.take },
        })
        isOpen[index] = () => stream.status.value === 'open'
        return () => {
          shown[index] = stream.message.value?.data.n ?? 0
          return h('p', shown[index])
        }
      },
      { props: ['index'] },
    )
    const root = defineComponent(
      () => () =>
        h(
          'main',
          ledgers.map((_, index) => h(Subscriber, { index })),
        ),
    )
    const { page, stop } = await startApp(root, { share: 'app' }, () => isOpen.every((is) => is()))
    const frames = writes(eventChunks(all, PER_FRAME))
    const expected = size * all
    collectGarbage()
    const cost = await play(page, frames, { arrived: () => countAll(ledgers), expected, trial })
    if (page.connections.length > 1) throw new Error('They do not share.')
    if (shown.some((n) => n !== all)) throw new Error('A component does not show the end.')
    await stop()
    return { cost, count }
  },
}
