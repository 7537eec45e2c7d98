/** 100,000 events at once, without ids: what the browser's `EventSource` takes in, whatever the page does. */
import { expect, it } from 'vitest'
import { useSlowPages } from './slow-pages.ts'

const pages = useSlowPages()

const COUNT = 100_000

it.each([
  ['a handler that takes next to nothing', 0, false],
  ['a handler that takes 25 µs', 25, false],
  ['a handler that takes next to nothing, of a shared stream', 0, true],
  ['a handler that takes 25 µs, of a shared stream', 25, true],
])('delivers each of 100,000 events once to %s', async (_, busyUs, isShared) => {
  const floods = pages.server.floods.length
  const setup = { count: COUNT, busyUs, size: 100, hasSlices: true, hasEventSource: true, isShared }
  const result = await pages.measure(setup)
  expect(result).toMatchObject({ calls: COUNT, misplaced: 0 })
  expect(pages.server.floods).toHaveLength(floods + 1)
})
