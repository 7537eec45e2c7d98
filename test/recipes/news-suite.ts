/** What a stream of one's own server has to do, whatever it is made with. */
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/client-run.ts'
import { news } from './news-log.ts'
import { useNews } from './news.ts'
import { useRecipeServer } from './recipe-runs.ts'
import type { RequestListener } from 'node:http'

export function describeNews(maker: string, listener: RequestListener): void {
  const server = useRecipeServer(listener)
  const heads: Headers[] = []

  beforeEach(() => {
    news.clear()
    heads.splice(0)
  })

  function useRun() {
    const shown: string[] = []
    const gaps: string[] = []
    const { result: stream } = server.run(
      () =>
        useNews(
          (headline) => shown.push(headline),
          () => gaps.push('reload'),
        ),
      { onOpen: ({ headers }) => heads.push(headers) },
    )
    return { shown, gaps, stream }
  }

  describe(`a stream of ${maker}`, () => {
    it('is open at once, with heads that let it through, and shows what comes', async () => {
      const { shown, stream } = useRun()
      await until(() => stream.status.value === 'open')
      // A head without a byte behind it may be one that a proxy holds back.
      await until(() => stream.lastActivityAt.value !== null)
      expect(heads[0]!.get('X-Accel-Buffering')).toBe('no')
      expect(heads[0]!.get('Cache-Control')).toMatch(/no-(cache|store)/)
      await until(() => news.followers === 1)
      news.publish('One')
      news.publish('Two\nlines: "quoted"')
      await until(() => shown.length === 2)
      expect(shown).toEqual(['One', 'Two\nlines: "quoted"'])
    })

    it('goes on after the last event when it is cut', async () => {
      const { shown, gaps, stream } = useRun()
      await until(() => news.followers === 1)
      news.publish('One')
      await until(() => shown.length === 1)
      await server.cut()
      news.publish('Two')
      await until(() => shown.length === 2)
      news.publish('Three')
      await until(() => shown.length === 3)
      expect(shown).toEqual(['One', 'Two', 'Three'])
      expect(server.requests[1]!.headers['last-event-id']).toBe('1')
      expect([gaps, stream.duplicates.value]).toEqual([[], 0])
    })

    it('says that its history does not reach back: that is a gap', async () => {
      const { shown, gaps } = useRun()
      await until(() => news.followers === 1)
      news.publish('One')
      await until(() => shown.length === 1)
      await server.cut()
      for (const headline of ['lost', 'Three', 'Four', 'Five']) news.publish(headline)
      await until(() => shown.length === 4)
      expect(shown).toEqual(['One', 'Three', 'Four', 'Five'])
      expect(gaps).toEqual(['reload'])
    })

    it('is closed for good with a 204, when there will be no more', async () => {
      const { shown, stream } = useRun()
      await until(() => news.followers === 1)
      news.publish('Last')
      news.end()
      await until(() => stream.status.value === 'closed')
      expect([stream.reason.value, shown]).toEqual(['no-content', ['Last']])
      expect(server.requests).toHaveLength(2)
    })

    it('is left by the server, too, when the stream is closed', async () => {
      const { stream } = useRun()
      await until(() => news.followers === 1)
      stream.close()
      await until(() => news.followers === 0 && server.open() === 0)
      expect(stream.status.value).toBe('closed')
    })
  })
}
