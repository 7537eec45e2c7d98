// @vitest-environment node
/** The stored id on the next page: when it is taken up, and under which key it is found. */
import { describe, expect, it } from 'vitest'
import { START_MS } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { useStoredStreams } from '../../support/stored-streams.ts'
import { URL_OF_TESTS } from '../../support/test-streams.ts'
import type { ResumeOptions } from '../../../src/client/options.ts'
import type { TestStream } from '../../support/test-streams.ts'

const startStored = useStoredStreams()
const message = (id: string | number): string => `id: ${id}\ndata: 1\n\n`
const sentId = ({ request }: TestStream): string | null => request.headers.get('Last-Event-ID')

describe('what is restored', () => {
  const stored = { id: '5' }

  it.each(['reload', 'back_forward'])('is sent with the first request after %s', async (type) => {
    const stream = await startStored({}, { stored, navigation: type })
    expect(sentId(stream)).toBe('5')
    expect(stream.client).toMatchObject({ status: 'connecting', lastEventId: '5' })
    await stream.open()
    expect(stream.log).toEqual(['connecting', 'open', 'onOpen'])
  })

  it('is inherited by messages, and sent again by reconnects', async () => {
    const stream = await startStored({}, { stored })
    await stream.request.refuse()
    await stream.advance(750)
    expect(sentId(stream)).toBe('5')
    await stream.open()
    await stream.request.push('data: 1\n\n')
    expect(stream.client.message).toMatchObject({ lastEventId: '5' })
  })

  it('wins over initialLastEventId', async () => {
    expect(sentId(await startStored({}, { stored, initialLastEventId: '1' }))).toBe('5')
    expect(sentId(await startStored({}, { initialLastEventId: '1' }))).toBe('1')
  })

  it('is nothing after another way to the page, unless shouldRestore says so', async () => {
    for (const navigation of ['navigate', 'prerender']) {
      expect(sentId(await startStored({}, { stored, navigation }))).toBe(null)
    }
    const asked: unknown[] = []
    const shouldRestore: ResumeOptions['shouldRestore'] = (details) => !!asked.push(details)
    const stream = await startStored({ shouldRestore }, { stored, navigation: 'navigate' })
    expect(sentId(stream)).toBe('5')
    expect(asked).toEqual([{ age: 1000, navigationType: 'navigate' }])
    const never = await startStored({ shouldRestore: () => false }, { stored })
    expect(sentId(never)).toBe(null)
  })

  it('is nothing that the same document has stored', async () => {
    expect(sentId(await startStored({}, { stored: { id: '5', by: 2 } }))).toBe(null)
  })

  it('is nothing of another key', async () => {
    expect(sentId(await startStored({ key: 'news' }, { stored }))).toBe(null)
    expect(sentId(await startStored({ key: () => 'chat' }, { stored }))).toBe('5')
  })

  it('is looked for with the first attempt, not before, and then not again', async () => {
    let reads = 0
    const storage = {
      getItem: () => (reads++, JSON.stringify({ id: '5', at: START_MS, by: 1 })),
      setItem: () => {},
      removeItem: () => {},
    }
    const stream = await startStored({ storage }, { immediate: false })
    expect(reads).toBe(0)
    stream.client.open()
    await settle()
    expect([reads, sentId(stream)]).toEqual([1, '5'])
    await stream.open()
    await stream.request.push(message(6))
    stream.client.close()
    stream.client.open()
    await settle()
    expect([reads, sentId(stream)]).toEqual([1, '6'])
  })

  it('is not asked for any more when close() comes first', async () => {
    const stream = await startStored({}, { stored, immediate: false })
    stream.client.open()
    stream.client.close()
    await settle()
    expect(stream.requests).toEqual([])
    expect(stream.live()).toEqual([])
  })

  it('is sent by the attempt that takes the place of one that still looks for it', async () => {
    const stream = await startStored({}, { stored, immediate: false })
    stream.client.open()
    stream.client.reconnect()
    await settle()
    expect(stream.requests.map(({ headers }) => headers.get('Last-Event-ID'))).toEqual(['5'])
  })

  it('is nothing for another URL that is set meanwhile', async () => {
    const key = (url: string): string => (url === URL_OF_TESTS ? 'chat' : 'other')
    const stream = await startStored({ key }, { stored, immediate: false })
    stream.client.open()
    stream.client.setUrl('https://other.test/')
    await settle()
    expect(stream.requests.map(({ headers }) => headers.get('Last-Event-ID'))).toEqual([null])
    expect(stream.client.lastEventId).toBe('')
  })

  it('is that of a URL that comes later', async () => {
    const stream = await startStored({}, { stored, url: null })
    stream.client.setUrl(URL_OF_TESTS)
    await settle()
    expect(sentId(stream)).toBe('5')
  })

  it('is not restored when it is too old, which is a gap after the first onOpen', async () => {
    const old = { id: '5', age: 300_001 }
    const stream = await startStored({}, { stored: old })
    expect(sentId(stream)).toBe(null)
    await stream.open()
    expect(stream.takeLog()).toEqual(['connecting', 'open', 'onOpen', 'onGap expired'])
    await stream.request.push(message(1))
    await stream.request.cut()
    await stream.advance(750)
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
    expect(sentId(await startStored({}, { stored: { ...old, age: 300_000 } }))).toBe('5')
    expect(sentId(await startStored({ maxAge: 10 }, { stored: { id: '5', age: 11 } }))).toBe(null)
  })

  it('is initialLastEventId when what is stored is too old, and that is a gap, too', async () => {
    const gaps: unknown[] = []
    const stream = await startStored(
      { maxAge: 10 },
      { stored, initialLastEventId: '1', onGap: (details) => gaps.push(details) },
    )
    expect(sentId(stream)).toBe('1')
    await stream.open()
    expect(gaps).toEqual([{ reason: 'expired', lastEventId: '1' }])
  })
})

describe('the key', () => {
  it('shows nothing of a URL when none is given, and is another one for each', async () => {
    const names = new Set<string>()
    for (const url of ['/a?token=secret', '/a?token=hidden', '/b']) {
      const stream = await startStored({ key: undefined }, { url: `https://server.test${url}` })
      await stream.open()
      await stream.request.push(message(1))
      stream.client.close()
      const [[name, value]] = stream.items as unknown as [[string, string]]
      for (const part of ['secret', 'hidden', 'token', 'server', '/']) {
        expect(`${name} ${value}`).not.toContain(part)
      }
      names.add(name)
    }
    expect(names.size).toBe(3)
  })

  it('may be given for a URL that is a function, and without it nothing is stored', async () => {
    for (const key of ['chat', undefined]) {
      const stream = await startStored({ key }, { url: async () => URL_OF_TESTS })
      await stream.open()
      await stream.request.push(message(1))
      stream.client.close()
      expect(stream.storedId()).toBe(key && '1')
      expect(stream.warnings).toHaveLength(key ? 0 : 1)
    }
  })
})
