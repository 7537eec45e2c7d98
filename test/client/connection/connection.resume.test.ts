// @vitest-environment node
/** Where a connection goes on: the last id it received, in whatever carries it. */
import { describe, expect, it } from 'vitest'
import { useTestStreams, URL_OF_TESTS } from '../../support/test-streams.ts'
import type { ControlledRequest } from '../../support/controlled-server.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
/** Where no header has to be asked for beforehand. */
const SAME_ORIGIN = 'https://page.test/events'

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await stream.open()
  return stream
}

/** Cuts the connection, and gives the request of the next one. */
async function reconnect(stream: TestStream): Promise<ControlledRequest> {
  const { length } = stream.requests
  await stream.request.cut()
  await stream.advance(1000)
  expect(stream.requests).toHaveLength(length + 1)
  return stream.request
}

const sentId = ({ headers }: ControlledRequest): string | null => headers.get('Last-Event-ID')

describe('the cursor', () => {
  it('is the id that was received last, whether or not its handlers are done', async () => {
    const stream = await startOpen({ onMessage: () => new Promise(() => {}) })
    await stream.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    expect(stream.client.lastEventId).toBe('2')
    expect(sentId(await reconnect(stream))).toBe('2')
  })

  it('is the same for every attempt until another one comes', async () => {
    const stream = await startOpen({ url: SAME_ORIGIN, reconnect: { maxDelay: 1000 } })
    await stream.request.push('id: 1\ndata: 1\n\n')
    expect(sentId(await reconnect(stream))).toBe('1')
    for (let count = 0; count < 4; count++) {
      await stream.request.refuse()
      await stream.advance(1000)
      expect(sentId(stream.request)).toBe('1')
    }
    expect(stream.requests).toHaveLength(6)
    await stream.open()
    await stream.request.push('id: 2\ndata: 2\n\n')
    expect(sentId(await reconnect(stream))).toBe('2')
  })

  it('is that of a block without data, which no handler sees', async () => {
    const stream = await startOpen()
    await stream.request.push('id: 1\ndata: 1\n\n', 'id: 2\n\n')
    expect(stream.client).toMatchObject({ lastEventId: '2', received: 1 })
    expect(sentId(await reconnect(stream))).toBe('2')
  })

  it('is gone with an empty id', async () => {
    const stream = await startOpen()
    await stream.request.push('id: 1\ndata: 1\n\n', 'id:\ndata: 2\n\n')
    expect(stream.client).toMatchObject({ lastEventId: '', message: { lastEventId: '' } })
    expect(sentId(await reconnect(stream))).toBe(null)
  })

  it('does not move with an id that holds a NUL, or that is never finished', async () => {
    const stream = await startOpen()
    await stream.request.push('id: 1\ndata: 1\n\n', 'id: 2\0\ndata: 2\n\n', 'id: 3\ndata: 3\n')
    expect(sentId(await reconnect(stream))).toBe('1')
  })

  it('is what reconnect() sends that a handler of a waiting message calls', async () => {
    const stream = await startOpen({
      onMessage: ({ data }) => data === 1 && stream.client.reconnect(),
    })
    stream.client.pause()
    await stream.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n')
    stream.client.resume()
    await stream.advance(1000)
    const delivered = stream.log.filter((line) => line.startsWith('message')).length
    expect(sentId(stream.request)).toBe(`${delivered}`)
    expect(stream.client.lastEventId).toBe(`${delivered}`)
  })

  it('is kept over close() and open(), enabled and disabled, and failure', async () => {
    const stream = await startOpen({ reconnect: false })
    await stream.request.push('id: 5\ndata: 1\n\n')
    for (const leave of [
      () => stream.client.close(),
      () => stream.client.setEnabled(false),
      () => stream.request.cut(),
    ]) {
      await leave()
      expect(stream.client.lastEventId).toBe('5')
      stream.client.setEnabled(true)
      stream.client.open()
      await stream.advance(0)
      expect(sentId(stream.request)).toBe('5')
      await stream.open()
    }
  })
})

describe('initialLastEventId', () => {
  it('is sent first, and again until there is another one', async () => {
    const stream = await start({ initialLastEventId: '41' })
    expect(sentId(stream.request)).toBe('41')
    await stream.request.refuse()
    await stream.advance(1000)
    expect(sentId(stream.request)).toBe('41')
    await stream.open()
    await stream.request.push('id: 42\ndata: 1\n\n')
    expect(sentId(await reconnect(stream))).toBe('42')
  })

  it.each(['query', 'both'] as const)('is sent as all others with via: %s', async (via) => {
    const stream = await start({ initialLastEventId: '41', resume: { via } })
    expect(stream.request.url).toBe(`${URL_OF_TESTS}?lastEventId=41`)
    expect(sentId(stream.request)).toBe(via === 'both' ? '41' : null)
  })
})

describe('getEventId', () => {
  const getEventId = ({ data }: { data: any }): string | undefined => data.id

  it("makes the id in the data the message's own, and the cursor", async () => {
    const seen: string[] = []
    const stream = await startOpen({
      getEventId,
      onMessage: ({ lastEventId }) => seen.push(lastEventId),
    })
    await stream.request.push('data: {"id":"7"}\n\ndata: {}\n\nid: 8\ndata: {}\n\n')
    expect(seen).toEqual(['7', '7', '8'])
    await stream.request.push('id: 8\ndata: {"id":"9"}\n\n')
    expect(stream.client.lastEventId).toBe('9')
    expect(sentId(await reconnect(stream))).toBe('9')
  })

  it('makes a stream without ids one that knows where it was', async () => {
    const stream = await startOpen({ getEventId })
    await stream.request.push('data: {"id":"7"}\n\n')
    await reconnect(stream)
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
    await stream.request.push('data: {"id":"7"}\n\ndata: {"id":"8"}\n\n')
    expect(stream.client).toMatchObject({ received: 2, duplicates: 1 })
  })

  it('is asked with the decoded message, and not about one that cannot be decoded', async () => {
    const asked: unknown[] = []
    const stream = await startOpen({
      getEventId: ({ type, data, lastEventId }) =>
        void asked.push({ type, data, lastEventId }) as undefined,
    })
    await stream.request.push('id: 1\nevent: a\ndata: [1]\n\n', 'data: {\n\n')
    expect(asked).toEqual([{ type: 'a', data: [1], lastEventId: '1' }])
    expect(stream.client.lastEventId).toBe('1')
  })

  it('costs the message only its id when it fails', async () => {
    const stream = await startOpen({
      getEventId() {
        throw new Error('no id')
      },
    })
    await stream.request.push('id: 1\ndata: 1\n\n')
    expect(stream.client).toMatchObject({ received: 1, lastEventId: '1' })
    expect(stream.errors).toMatchObject([{ code: 'handler', cause: { message: 'no id' } }])
  })

  it('takes the cursor away with an empty id', async () => {
    const stream = await startOpen({ initialLastEventId: '1', getEventId: () => '' })
    await stream.request.push('data: 1\n\n')
    expect(stream.client.lastEventId).toBe('')
    expect(sentId(await reconnect(stream))).toBe(null)
  })
})

describe('resume.via', () => {
  it.each([
    ['header', null, '5'],
    ['query', '5', null],
    ['both', '5', '5'],
  ] as const)(
    '%s: goes into the query as %j, into the header as %j',
    async (via, query, header) => {
      const stream = await startOpen({ resume: { via } })
      expect(stream.request.url).toBe(URL_OF_TESTS)
      expect(sentId(stream.request)).toBe(null)
      await stream.request.push('id: 5\ndata: 1\n\n')
      const request = await reconnect(stream)
      expect(new URL(request.url).searchParams.get('lastEventId')).toBe(query)
      expect(sentId(request)).toBe(header)
    },
  )

  it('replaces the id in the query with each attempt', async () => {
    const resume = { via: 'query', param: 'after' } as const
    const stream = await startOpen({ url: `${URL_OF_TESTS}?room=1`, resume })
    for (const id of ['1', '2', '3']) {
      await stream.request.push(`id: ${id}\ndata: 1\n\n`)
      expect((await reconnect(stream)).url).toBe(`${URL_OF_TESTS}?room=1&after=${id}`)
      await stream.open()
    }
  })

  it('query: carries what a header cannot, and nothing is missing', async () => {
    const stream = await startOpen({ resume: { via: 'query' } })
    await stream.request.push('id: a\tb \ndata: 1\n\n')
    const request = await reconnect(stream)
    expect(new URL(request.url).searchParams.get('lastEventId')).toBe('a\tb ')
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })

  it('query: shows the id in no error', async () => {
    const stream = await startOpen({ resume: { via: 'query' } })
    await stream.request.push('id: secret\ndata: 1\n\n')
    await reconnect(stream)
    await stream.request.refuse()
    expect(stream.errors.at(-1)!.url).toBe(URL_OF_TESTS)
  })
})
