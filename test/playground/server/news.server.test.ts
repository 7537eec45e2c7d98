import { describe, expect, it } from 'vitest'
import { createStoryWriter } from '../../../playground/server/newsroom.ts'
import { LIMITS, NEWS_CATEGORIES } from '../../../playground/shared/contract.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { seededRandom } from './support/seeded-random.ts'

describe('GET /api/news/stream', () => {
  it('brings stories of the newsroom while somebody reads', async () => {
    const api = await startApi({ NEWS_INTERVAL_MS: '10' })
    const stream = await openStream(`${api.url}/api/news/stream`)
    for (const { type, data } of await stream.count(5)) {
      expect(NEWS_CATEGORIES).toContain(type)
      expect(data).toEqual({
        headline: expect.any(String),
        summary: expect.any(String),
        time: expect.any(Number),
      })
    }
  })
})

describe('POST /api/news', () => {
  it('publishes a story under its category', async () => {
    const api = await startApi()
    const stream = await openStream(`${api.url}/api/news/stream`)
    const story = { category: 'breaking', headline: ' Water found ', summary: ' On Mars. ' }
    const answer = await postJson(`${api.url}/api/news`, story)
    const { id, data } = await stream.event('breaking')
    expect([answer.status, await answer.json()]).toEqual([201, { id }])
    expect(data).toMatchObject({ headline: 'Water found', summary: 'On Mars.' })
  })

  it('needs no summary', async () => {
    const api = await startApi()
    const story = { category: 'weather', headline: 'Rain' }
    expect((await postJson(`${api.url}/api/news`, story)).status).toBe(201)
  })

  it.each([
    ['"category"', { category: 'gossip', headline: 'x' }],
    ['"category"', { category: '__proto__', headline: 'x' }],
    ['"headline"', { category: 'sports' }],
    ['"headline"', { category: 'sports', headline: 'x'.repeat(LIMITS.headlineChars + 1) }],
    ['"summary"', { category: 'sports', headline: 'x', summary: 5 }],
    [
      '"summary"',
      { category: 'sports', headline: 'x', summary: 'x'.repeat(LIMITS.summaryChars + 1) },
    ],
  ])('names %s as what is wrong with a story', async (field, story) => {
    const api = await startApi()
    const answer = await postJson(`${api.url}/api/news`, story)
    expect(answer.status).toBe(400)
    expect((await answer.json()).title).toContain(field)
  })
})

describe('createStoryWriter', () => {
  const write = createStoryWriter(seededRandom(7))
  const stories = Array.from({ length: 2000 }, write)

  it('fills every slot within the limits of the contract', () => {
    for (const { headline, summary } of stories) {
      expect(headline + summary).not.toMatch(/[{}]|undefined/)
      expect(headline.length).toBeLessThanOrEqual(LIMITS.headlineChars)
      expect(summary.length).toBeLessThanOrEqual(LIMITS.summaryChars)
    }
  })

  it('does not repeat itself within five minutes of eight seconds', () => {
    const fiveMinutes = Math.ceil(300 / 8)
    for (let start = 0; start + fiveMinutes <= stories.length; start++) {
      const headlines = stories.slice(start, start + fiveMinutes).map(({ headline }) => headline)
      expect(new Set(headlines).size).toBe(fiveMinutes)
    }
  })

  it('writes for every category, and rarely calls something breaking', () => {
    const share = (name: string): number =>
      stories.filter(({ category }) => category === name).length / stories.length
    expect(share('breaking')).toBeCloseTo(0.25, 1)
    expect(share('sports')).toBeGreaterThan(0.3)
    expect(share('weather')).toBeGreaterThan(0.3)
  })
})
