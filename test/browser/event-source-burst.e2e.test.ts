/** 100,000 events at once, without ids: what the browser's `EventSource` takes in, whatever the page does. */
import { expect, it } from 'vitest'
import { useSlowPages } from './slow-pages.ts'

const pages = useSlowPages()

const COUNT = 100_000

it.each([
  ['next to nothing', 0],
  ['25 µs', 25],
])('delivers each of 100,000 events once to a handler that takes %s', async (_, busyUs) => {
  const floods = pages.server.floods.length
  const setup = { count: COUNT, busyUs, size: 100, hasSlices: true, hasEventSource: true }
  const result = await pages.measure(setup)
  expect(result).toMatchObject({ calls: COUNT, misplaced: 0 })
  expect(pages.server.floods).toHaveLength(floods + 1)
})
