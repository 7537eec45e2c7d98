// @vitest-environment node
/** What is told as replayed, from which message on, and until which. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { until } from '../../support/client-run.ts'
import { settle } from '../../support/settle.ts'
import { useSharedStreams } from '../../support/shared-streams.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { CaughtUpMark, Message } from '../../../src/client/types.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const openPage = useSharedStreams()

beforeAll(() => import('../../../src/client/delivery/message-stages.ts'))

const isLive = ({ type, comment }: CaughtUpMark): boolean => type === 'live' || comment === 'live'
const toText = ({ data, replayed }: Message): string => `${data}${replayed ? ' replayed' : ''}`

interface Watched extends TestStream {
  /** `1 replayed` of a message, and forgets it. */
  seen(): string[]
  /** The connection is lost, and there again. */
  comeBack(): Promise<void>
}

async function startOpen(options: TestStreamOptions = {}): Promise<Watched> {
  const seen: string[] = []
  const onMessage = (message: Message): unknown => seen.push(toText(message))
  const stream = await start({ caughtUp: isLive, onMessage, ...options })
  await until(() => stream.requests.length > 0)
  await stream.open()
  return Object.assign(stream, {
    seen: () => seen.splice(0),
    async comeBack() {
      await stream.request.cut()
      const { length } = stream.requests
      while (stream.requests.length === length) await stream.advance(stream.delays()[0]!)
      await stream.open()
    },
  })
}

const messages = (from: number, to = from): string =>
  Array.from({ length: to - from + 1 }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')

describe('caughtUp', () => {
  it('is not asked in a stream without a cursor, where nothing is replayed', async () => {
    const caughtUp = vi.fn<(mark: CaughtUpMark) => boolean>(isLive)
    const stream = await startOpen({ caughtUp })
    await stream.request.push(`${messages(1)}: live\n\n`)
    expect(stream.seen()).toEqual(['1'])
    expect(caughtUp).not.toHaveBeenCalled()
  })

  it('ends the replay by a comment, in its order with the messages', async () => {
    const stream = await startOpen()
    await stream.request.push(messages(1))
    await stream.comeBack()
    await stream.request.push(`${messages(2, 3)}: ping\n:live\n\n${messages(4)}`)
    expect(stream.seen()).toEqual(['1', '2 replayed', '3 replayed', '4'])
  })

  it('ends it by a message, which is the last one of it', async () => {
    const stream = await startOpen()
    await stream.request.push(messages(1))
    await stream.comeBack()
    await stream.request.push(`${messages(2)}event: live\ndata: "mark"\n\n${messages(3)}`)
    expect(stream.seen()).toEqual(['1', '2 replayed', 'mark replayed', '3'])
  })

  it('is not asked any more then, until the next opening', async () => {
    const caughtUp = vi.fn<(mark: CaughtUpMark) => boolean>(isLive)
    const stream = await startOpen({ caughtUp })
    await stream.request.push(messages(1))
    await stream.comeBack()
    await stream.request.push(`: live\n\n${messages(2)}: live\n\n`)
    expect(caughtUp.mock.calls).toEqual([[{ comment: 'live' }]])
    await stream.comeBack()
    await stream.request.push(messages(3))
    expect(stream.seen()).toEqual(['1', '2', '3 replayed'])
    expect(caughtUp).toHaveBeenLastCalledWith({ type: 'message', data: 3, lastEventId: '3' })
  })

  it('is asked from the first opening on where the app has given the cursor', async () => {
    const stream = await startOpen({ initialLastEventId: '5' })
    await stream.request.push(`${messages(6)}: live\n\n${messages(7)}`)
    expect(stream.seen()).toEqual(['6 replayed', '7'])
  })

  it('is not asked when the server was not told where to go on', async () => {
    const stream = await startOpen({ initialLastEventId: 'a\nb' })
    await stream.request.push(messages(6))
    expect([stream.seen(), stream.gaps]).toMatchObject([['6'], [{ reason: 'unsendable-id' }]])
  })

  it('sees what has been delivered before, and what cannot be decoded', async () => {
    const stream = await startOpen()
    const mark = 'event: live\nid: 1\ndata: now!\n\n'
    await stream.request.push(`${messages(1)}${mark}`)
    for (let count = 2; count < 5; count++) {
      await stream.comeBack()
      await stream.request.push(`${mark}id: 1\nevent: live\ndata: 0\n\n${messages(count)}`)
      expect(stream.seen().at(-1)).toBe(`${count}`)
    }
  })

  it('that throws is reported, and says nothing', async () => {
    const stream = await startOpen({
      initialLastEventId: '1',
      caughtUp: () => {
        throw new Error('broken')
      },
    })
    await stream.request.push(`: live\n\n${messages(2)}`)
    expect(stream.seen()).toEqual(['2 replayed'])
    expect(stream.errors.map(({ code }) => code)).toEqual(['handler', 'handler'])
  })

  it('knows what has waited since before the opening as what it was', async () => {
    const stream = await startOpen()
    const reason = Symbol()
    await stream.request.push(messages(1))
    stream.client.pause(reason)
    await stream.request.push(messages(2))
    await stream.page('freeze', 'resume')
    await stream.advance(2000)
    if (stream.requests.length === 1) expect.unreachable('it was not opened anew')
    await stream.open()
    stream.client.resume(reason)
    await settle()
    await stream.request.push(`${messages(3)}: live\n\n${messages(4)}`)
    expect(stream.seen()).toEqual(['1', '2', '3 replayed', '4'])
  })

  it('goes along while a schema takes its time', async () => {
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: async (value: unknown) => ({ value }) },
    } as const
    const stream = await startOpen({ initialLastEventId: '1', schema: { message: schema } })
    await stream.request.push(`${messages(2)}: live\n\n${messages(3, 4)}`)
    await settle()
    expect(stream.seen()).toEqual(['2 replayed', '3', '4'])
  })

  it('is right whatever comes, however it is cut into chunks', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('message') },
      ...['live', 'ping', 'event', 'cut'].map((kind) => fc.constant(kind)),
    )
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      async (steps, sizes) => {
        const stream = await startOpen()
        const expected: string[] = []
        let isReplay = false
        let id = 0
        let text = ''
        async function send(): Promise<void> {
          while (text) {
            const size = sizes.next().value
            await stream.request.push(text.slice(0, size))
            text = text.slice(size)
          }
        }
        for (const kind of steps) {
          if (kind === 'cut') {
            await send()
            await stream.comeBack()
            isReplay = id > 0
          } else if (kind === 'ping') text += ': ping\n\n'
          else if (kind === 'live') {
            text += ': live\n\n'
            isReplay = false
          } else {
            text += `event: ${kind === 'event' ? 'live' : 'message'}\n${messages(++id)}`
            expected.push(`${id}${isReplay ? ' replayed' : ''}`)
            isReplay &&= kind !== 'event'
          }
        }
        await send()
        expect(stream.seen()).toEqual(expected)
        stream.client.close()
      },
    )
    await fc.assert(property, { numRuns: 60, seed: 5 })
  })
})

describe('replayed', () => {
  it('is false of all without caughtUp', async () => {
    const stream = await startOpen({
      caughtUp: undefined,
      onBatch: () => {},
      initialLastEventId: '1',
    })
    await stream.request.push(messages(2))
    expect(stream.seen()).toEqual(['2'])
    stream.client.close()
  })

  describe('of a shared connection', () => {
    const options = { caughtUp: isLive }

    it('is the same for all who are there', async () => {
      const page = openPage()
      const seen: string[][] = [[], []]
      for (const list of seen) {
        page.start({ ...options, onMessage: (message) => list.push(toText(message)) })
      }
      await until(() => page.requests.length > 0)
      await settle()
      await page.request.respond()
      await page.request.push(messages(1))
      await page.request.cut()
      await page.advance(1000)
      await page.request.respond()
      await page.request.push(`${messages(2)}: live\n\n${messages(3)}`)
      expect(seen).toEqual([
        ['1', '2 replayed', '3'],
        ['1', '2 replayed', '3'],
      ])
    })

    it('is true of what came before a subscriber', async () => {
      const page = openPage()
      const seen: string[] = []
      page.start(options)
      await until(() => page.requests.length > 0)
      await settle()
      await page.request.respond()
      await page.request.push(messages(1, 2))
      page.start({ ...options, onMessage: (message) => seen.push(toText(message)) })
      await until(() => seen.length === 2)
      await page.request.push(messages(3))
      expect(seen).toEqual(['1 replayed', '2 replayed', '3'])
    })

    it('is false of all of it without caughtUp', async () => {
      const page = openPage()
      const seen: string[] = []
      const [, late] = [await page.joinOpen(1), await page.join()]
      await page.request.push(messages(1))
      late.client.on('*', (message) => seen.push(toText(message)))
      await page.request.push(messages(2))
      expect(seen).toEqual(['2'])
    })
  })
})
