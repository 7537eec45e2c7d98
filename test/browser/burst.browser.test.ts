/** A hundred thousand events at once: every handler call is made, and the page renders no oftener than it paints. */
import { describe, expect, it } from 'vitest'
import { h, onUpdated } from 'vue'
import { useEventStream } from 'vue-event-stream'
import { mountPage, until, useServer } from './mount-page.ts'
import type { UseEventStreamReturn } from 'vue-event-stream'

/** Counts the frames that the browser paints. */
function countFrames(): { count(): number; stop(): void } {
  let frames = 0
  let handle = requestAnimationFrame(function tick() {
    frames++
    handle = requestAnimationFrame(tick)
  })
  return { count: () => frames, stop: () => cancelAnimationFrame(handle) }
}

/** Keeps the page busy, as a handler does that has much to do. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

describe('useEventStream in a burst', () => {
  it.each([
    [100_000, 0],
    [5000, 0.2],
  ])(
    'delivers %i events in order with at most one update per frame, at %f ms for each',
    async (count, busy) => {
      const { url } = useServer()
      let expected = 1
      let misplaced = 0
      let updates = 0
      let stream!: UseEventStreamReturn<{ message: { index: number } }>
      const start = performance.now()
      const frames = countFrames()
      const { host } = mountPage(() => {
        stream = useEventStream<{ message: { index: number } }>(url(`/burst?count=${count}`), {
          on: {
            message({ index }) {
              if (index !== expected++) misplaced++
              if (busy > 0) work(busy)
            },
          },
          queue: { capacity: 200 },
        })
        onUpdated(() => updates++)
        return () => {
          const items = stream.queue.messages.map(({ key, data }) => h('li', { key }, data.index))
          return h('ul', { title: `${stream.received.value} ${stream.message.value?.key}` }, items)
        }
      })
      await until(() => stream.received.value === count)
      await until(() => host.querySelector('li:last-child')?.textContent === String(count))
      const elapsed = Math.round(performance.now() - start)
      frames.stop()
      console.info(`${count} events: ${elapsed} ms, ${updates} updates, ${frames.count()} frames`)
      expect([expected, misplaced]).toEqual([count + 1, 0])
      expect(host.querySelector('ul')!.title).toBe(`${count} ${count}`)
      expect(host.querySelectorAll('li')).toHaveLength(200)
      expect(stream.queue.dropped).toBe(count - 200)
      expect(updates).toBeGreaterThan(0)
      expect(updates).toBeLessThanOrEqual(frames.count())
    },
  )
})
