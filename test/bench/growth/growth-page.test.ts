import { describe, expect, it } from 'vitest'
import { createGrowthPage } from '../../../bench/growth/growth-page.ts'
import { framesUntil, play, turn, writes } from '../../../bench/growth/play.ts'

const init = { signal: new AbortController().signal }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('createGrowthPage', () => {
  it('runs with a frame what was asked for before it, and nothing twice', () => {
    const page = createGrowthPage()
    const ran: string[] = []
    const again = (): void => {
      ran.push('frame')
      page.environment.nextFrame(() => ran.push('next'))
    }
    page.environment.nextFrame(again)
    page.environment.nextFrame(() => ran.push('cancelled'))()
    page.frame()
    expect(ran).toEqual(['frame'])
    page.frame()
    page.frame()
    expect(ran).toEqual(['frame', 'next'])
  })

  it('runs timers when their time has come', () => {
    const page = createGrowthPage()
    const ran: string[] = []
    const before = page.environment.now()
    page.environment.after(1000, () => ran.push('due'))
    page.environment.after(1000, () => ran.push('cancelled'))()
    page.environment.after(60_000, () => ran.push('later'))
    page.pass(2000)
    expect(ran).toEqual(['due'])
    expect(page.environment.now() - before).toBeGreaterThanOrEqual(2000)
  })

  it('answers a request with a stream of what is written, until it ends', async () => {
    const page = createGrowthPage()
    const headers = { 'Last-Event-ID': '7' }
    const response = await page.environment.fetch('http://page.test/a', { ...init, headers })
    const [connection] = page.connections
    connection!.write(bytes('data: 1\n\n'))
    connection!.end()
    connection!.write(bytes('too late'))
    expect(connection).toMatchObject({ url: 'http://page.test/a', lastEventId: '7' })
    expect(response.headers.get('Content-Type')).toBe('text/event-stream')
    expect(await response.text()).toBe('data: 1\n\n')
  })
})

describe('play', () => {
  /** A page with one stream, and how many bytes of it were read. */
  async function start() {
    const page = createGrowthPage()
    let read = 0
    const response = await page.environment.fetch('http://page.test/a', init)
    const reader = response.body!.getReader()
    const readOn = async (): Promise<void> => {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        read += value.length
      }
    }
    void readOn()
    return { page, arrived: () => read }
  }

  it('writes every chunk, some with each frame, and gives what it cost', async () => {
    const { page, arrived } = await start()
    let frames = 0
    const count = (): void => {
      frames++
      page.environment.nextFrame(count)
    }
    page.environment.nextFrame(count)
    const cost = await play(page, writes(['a', 'b', 'c'].map(bytes), 2), { arrived, expected: 3 })
    expect(cost).toBeGreaterThan(0)
    expect(frames).toBe(3)
  })

  it('throws when not all arrives', async () => {
    const { page, arrived } = await start()
    const played = play(page, writes([bytes('a')]), { arrived, expected: 2 })
    await expect(played).rejects.toThrow('Only 1 of 2 have arrived.')
  })

  it('throws when more arrives than was expected', async () => {
    const { page, arrived } = await start()
    const played = play(page, writes([bytes('ab')]), { arrived, expected: 1 })
    await expect(played).rejects.toThrow('2 have arrived, not 1.')
  })

  it('waits for code that is loaded on demand', async () => {
    const { page } = await start()
    let isThere = false
    void turn()
      .then(turn)
      .then(() => (isThere = true))
    await framesUntil(page, () => isThere)
    expect(isThere).toBe(true)
  })
})
