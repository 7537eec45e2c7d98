/** What a stream of one's own server has to do, whatever it is made with. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../support/client-run.ts'
import { ownDesk } from './news-desk.ts'
import { useNews } from './news.ts'
import { useRecipeServer } from './recipe-runs.ts'
import type { RequestListener } from 'node:http'
import type { EventStreamsOptions } from 'vue-event-stream'
import type { NewsDesk } from './news-desk.ts'

/** @param createDesk Is told where the listener answers. */
export function describeNews(
  maker: string,
  listener: RequestListener,
  createDesk: (url: () => string) => NewsDesk = () => ownDesk,
): void {
  const server = useRecipeServer(listener)
  const desk = createDesk(server.url)
  const heads: Headers[] = []

  beforeEach(async () => {
    await desk.reset()
    server.requests.splice(0)
    heads.splice(0)
  })
  afterEach(() => void vi.useRealTimers())

  function useRun(options?: EventStreamsOptions) {
    const shown: string[] = []
    const gaps: string[] = []
    const { result: stream } = server.run(
      () =>
        useNews(
          (headline) => shown.push(headline),
          () => gaps.push('reload'),
        ),
      { onOpen: ({ headers }) => heads.push(headers), ...options },
    )
    return { shown, gaps, stream }
  }

  const followed = (count = 1): Promise<unknown> =>
    until(async () => (await desk.followers()) === count)
  const streamed = () => server.requests.filter(({ method }) => method === 'GET')

  describe(`a stream of ${maker}`, () => {
    it('is open at once, with heads that let it through, and shows what comes', async () => {
      const { shown, stream } = useRun()
      await until(() => stream.status.value === 'open')
      // A head without a byte behind it may be one that a proxy holds back.
      await until(() => stream.lastActivityAt.value !== null)
      expect(heads[0]!.get('X-Accel-Buffering')).toBe('no')
      expect(heads[0]!.get('Cache-Control')).toMatch(/no-(cache|store)/)
      await followed()
      await desk.publish('One')
      await desk.publish('Two\nlines: "quoted", ü and 🎉')
      await until(() => shown.length === 2)
      expect(shown).toEqual(['One', 'Two\nlines: "quoted", ü and 🎉'])
    })

    it('goes on after the last event when it is cut', async () => {
      const { shown, gaps, stream } = useRun()
      await followed()
      await desk.publish('One')
      await until(() => shown.length === 1)
      const id = stream.lastEventId.value
      await server.cut()
      await desk.publish('Two')
      await until(() => shown.length === 2)
      await desk.publish('Three')
      await until(() => shown.length === 3)
      expect(shown).toEqual(['One', 'Two', 'Three'])
      expect(streamed()[1]!.headers['last-event-id']).toBe(id)
      expect([gaps, stream.duplicates.value]).toEqual([[], 0])
    })

    it('says that its history does not reach back: that is a gap', async () => {
      const { shown, gaps, stream } = useRun()
      await followed()
      await desk.publish('One')
      await until(() => shown.length === 1)
      stream.close()
      const later = Array.from({ length: desk.capacity }, (_, index) => `Later ${index}`)
      for (const headline of ['lost', ...later]) await desk.publish(headline)
      stream.open()
      await until(() => shown.length === 1 + desk.capacity)
      expect(shown).toEqual(['One', ...later])
      expect(gaps).toEqual(['reload'])
    })

    it('says so, too, when it does not know the id: it has begun anew', async () => {
      const { shown, gaps } = useRun({ initialLastEventId: '999999' })
      await until(() => gaps.length === 1)
      await desk.publish('New')
      await until(() => shown.includes('New'))
      expect(gaps).toEqual(['reload'])
    })

    const ends = desk.end ? [desk.end] : []
    it.each(ends)('is closed for good with a 204, when there will be no more', async (end) => {
      const { shown, stream } = useRun()
      await followed()
      await desk.publish('Last')
      end()
      await until(() => stream.status.value === 'closed')
      expect([stream.reason.value, shown]).toEqual(['no-content', ['Last']])
      expect(streamed()).toHaveLength(2)
    })

    it('sends comments while there is nothing to tell', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
      const { stream } = useRun()
      await followed()
      await until(() => stream.lastActivityAt.value !== null)
      const first = stream.lastActivityAt.value
      await until(async () => {
        await desk.beat()
        return stream.lastActivityAt.value !== first
      })
      expect([stream.received.value, stream.status.value]).toEqual([0, 'open'])
    })

    it('is left by the server, too, when the stream is closed', async () => {
      const { stream } = useRun()
      await followed()
      stream.close()
      await followed(0)
      await until(() => server.open() === 0)
      expect(stream.status.value).toBe('closed')
    })
  })
}
