// @vitest-environment node
/** Another URL: a position anew, unless the key says that it is the same stream. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { ResumeOptions } from '../../../src/client/options.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const ROOM_A = 'https://page.test/rooms/a?token=1'
const ROOM_A_AGAIN = 'https://page.test/rooms/a?token=2'
const ROOM_B = 'https://page.test/rooms/b'
const MESSAGES = 'id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n'

/** The URL without its query. */
const pathOf = (url: string): string => new URL(url).pathname

async function startRoom(
  key: ResumeOptions['key'],
  options: TestStreamOptions = {},
): Promise<TestStream> {
  const stream = await start({ url: ROOM_A, resume: { key }, ...options })
  await stream.open()
  await stream.request.push(MESSAGES)
  stream.takeLog()
  return stream
}

/** Leaves for this URL, and opens it. */
async function leaveFor(stream: TestStream, url: string): Promise<void> {
  stream.client.setUrl(url)
  await settle()
  expect(stream.request.url).toBe(url)
  await stream.open()
}

const sentId = ({ request }: TestStream): string | null => request.headers.get('Last-Event-ID')

describe('a URL of another key', () => {
  it.each<[string, ResumeOptions['key'], string]>([
    ['no key', undefined, ROOM_A_AGAIN],
    ['a function that tells them apart', pathOf, ROOM_B],
  ])('starts anew with %s', async (_, key, url) => {
    const stream = await startRoom(key)
    stream.client.setUrl(url)
    expect(stream.client).toMatchObject({
      ...{ lastEventId: '', received: 0, duplicates: 0, message: null },
      ...{ attempt: 0, error: null, lastActivityAt: null },
    })
    await settle()
    expect(sentId(stream)).toBe(null)
    await stream.open()
    await stream.request.push(MESSAGES)
    expect(stream.client).toMatchObject({ received: 2, duplicates: 0 })
  })

  it('is not told of what the old one was missing', async () => {
    const stream = await startRoom(pathOf)
    await stream.request.push('data: 3\n\n')
    await leaveFor(stream, ROOM_B)
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })

  it('does not remember the position when it is come back to', async () => {
    const stream = await startRoom(pathOf)
    await leaveFor(stream, ROOM_B)
    await stream.request.push('id: 9\ndata: 9\n\n')
    await leaveFor(stream, ROOM_A)
    expect(sentId(stream)).toBe(null)
  })

  it.each<[string, () => string]>([
    ['functions', () => ROOM_A],
    ['async functions', (async () => ROOM_A) as never],
  ])('is one that only %s know: nobody can say that it is the same', async (_, url) => {
    const stream = await startRoom(pathOf, { url })
    expect(stream.client.lastEventId).toBe('2')
    stream.client.setUrl(() => ROOM_B)
    expect(stream.client).toMatchObject({ lastEventId: '', received: 0 })
    await settle()
    expect(sentId(stream)).toBe(null)
  })
})

describe('a URL of the same key', () => {
  it.each<[string, ResumeOptions['key'], string]>([
    ['a text', 'rooms', ROOM_B],
    ['a function that gives the same', pathOf, ROOM_A_AGAIN],
  ])('goes on where the old one was: %s', async (_, key, url) => {
    const stream = await startRoom(key)
    const { message } = stream.client
    stream.client.setUrl(url)
    expect(stream.client).toMatchObject({ lastEventId: '2', received: 2, message })
    await settle()
    expect(sentId(stream)).toBe('2')
    await stream.open()
    await stream.request.push(`${MESSAGES}id: 3\ndata: 3\n\n`)
    expect(stream.client).toMatchObject({ received: 3, duplicates: 2, lastEventId: '3' })
    expect(stream.log).toEqual(['connecting', 'open', 'onOpen', 'message message 3'])
  })

  it('starts attempts and error anew all the same', async () => {
    const stream = await startRoom('rooms')
    await stream.request.cut()
    await stream.advance(500)
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ status: 'reconnecting', attempt: 1 })
    stream.client.setUrl(ROOM_B)
    expect(stream.client).toMatchObject({
      ...{ status: 'connecting', attempt: 0, error: null, retryAt: null, lastActivityAt: null },
    })
  })

  it('is told of what the old one may be missing', async () => {
    const stream = await startRoom('rooms')
    await stream.request.push('data: 3\n\n')
    stream.takeLog()
    await leaveFor(stream, ROOM_B)
    expect(stream.log).toEqual(['connecting', 'open', 'onOpen', 'onGap no-id'])
  })

  it.each<[string, ResumeOptions['key']]>([
    ['a text', 'rooms'],
    ['a function', pathOf],
  ])('may come after a time without one: %s', async (_, key) => {
    const stream = await startRoom(key)
    stream.client.setUrl(null)
    expect(stream.client).toMatchObject({ status: 'idle', lastEventId: '2', received: 2 })
    await leaveFor(stream, ROOM_A_AGAIN)
    expect(sentId(stream)).toBe('2')
    await stream.request.push(MESSAGES)
    expect(stream.client).toMatchObject({ received: 2, duplicates: 2 })
  })

  it('is kept also by a stream that is closed meanwhile', async () => {
    const stream = await startRoom('rooms')
    stream.client.close()
    stream.client.setUrl(ROOM_B)
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'user', lastEventId: '2' })
    stream.client.open()
    await settle()
    expect(sentId(stream)).toBe('2')
  })
})

describe('a time without a URL', () => {
  it('ends the position where there is no key', async () => {
    const stream = await startRoom(undefined)
    stream.client.setUrl(null)
    expect(stream.client).toMatchObject({ status: 'idle', lastEventId: '', received: 0 })
    await leaveFor(stream, ROOM_A)
    expect(sentId(stream)).toBe(null)
  })

  it('ends it for a URL of another key', async () => {
    const stream = await startRoom(pathOf)
    stream.client.setUrl(null)
    await leaveFor(stream, ROOM_B)
    expect(sentId(stream)).toBe(null)
    expect(stream.client.received).toBe(0)
  })

  it('is where initialLastEventId waits for the first one', async () => {
    for (const key of [undefined, 'rooms', pathOf]) {
      const stream = await start({ url: null, initialLastEventId: '7', resume: { key } })
      stream.client.setUrl(ROOM_A)
      await settle()
      expect(sentId(stream)).toBe('7')
    }
  })
})
