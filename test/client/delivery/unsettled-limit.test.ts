// @vitest-environment node
/** How many messages may be in the hands of handlers that are not done. */
import { describe, expect, it } from 'vitest'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { createUnsettledLimit } from '../../../src/client/delivery/unsettled-limit.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'

const LIMIT = 1024

/** Work that the test brings to its end. */
function createJobs() {
  const ends: { resolve(): void; reject(): void }[] = []
  return {
    start: () =>
      new Promise<void>((resolve, reject) => {
        ends.push({ resolve, reject: () => reject(new Error('failed')) })
      }),
    /** Ends the oldest ones. */
    finish(count: number, how: 'resolve' | 'reject' = 'resolve'): Promise<void> {
      for (const end of ends.splice(0, count)) end[how]()
      return settle()
    },
  }
}

function startLimit() {
  const changes: boolean[] = []
  const { environment, warnings } = createFakeEnvironment()
  const gate = createDeliveryGate(environment, () => changes.push(gate.isHeld()))
  const { add, reset } = createUnsettledLimit(gate, environment, gate.release)
  const onWork = (work: readonly PromiseLike<unknown>[]): void => void add(work)
  return { gate, changes, warnings, onWork, reset, ...createJobs() }
}

describe('createUnsettledLimit', () => {
  it('holds at 1,024 messages whose handlers are not done, and not before', () => {
    const { gate, onWork, start } = startLimit()
    for (let count = 1; count < LIMIT; count++) onWork([start()])
    expect(gate.isHeld()).toBe(false)
    onWork([start()])
    expect(gate.isHeld()).toBe(true)
  })

  it('lets go as soon as one of them is done, and holds again with the next one', async () => {
    const { changes, onWork, start, finish } = startLimit()
    for (let count = 1; count <= LIMIT; count++) onWork([start()])
    await finish(1)
    expect(changes).toEqual([true, false])
    onWork([start()])
    expect(changes).toEqual([true, false, true])
    await finish(500)
    expect(changes).toEqual([true, false, true, false])
    await finish(LIMIT)
    expect(changes).toHaveLength(4)
  })

  it('takes a failure for an end', async () => {
    const { gate, onWork, start, finish } = startLimit()
    for (let count = 1; count <= LIMIT; count++) onWork([start()])
    await finish(1, 'reject')
    expect(gate.isHeld()).toBe(false)
    await finish(LIMIT)
  })

  it('counts a message once, until the last of its handlers is done', async () => {
    const { gate, onWork, start, finish } = startLimit()
    for (let count = 1; count <= LIMIT; count++) onWork([start(), start()])
    await finish(1)
    expect(gate.isHeld()).toBe(true)
    await finish(1)
    expect(gate.isHeld()).toBe(false)
  })

  it('can wait for what is no promise but can be waited for', async () => {
    const { gate, onWork } = startLimit()
    const thenable = { then: (resolve: () => void) => resolve() } as PromiseLike<unknown>
    for (let count = 1; count <= LIMIT; count++) onWork([thenable])
    expect(gate.isHeld()).toBe(true)
    await settle()
    expect(gate.isHeld()).toBe(false)
  })

  it('warns in development when it holds', () => {
    const { warnings, onWork, start } = startLimit()
    for (let count = 1; count < LIMIT; count++) onWork([start()])
    expect(warnings).toEqual([])
    onWork([start()])
    expect(warnings).toEqual([expect.stringContaining('unsettled-handlers (1024 messages)')])
  })

  it('starts anew with another stream: what is left of the one before holds nothing', async () => {
    const { gate, changes, onWork, reset, start, finish } = startLimit()
    for (let count = 1; count <= LIMIT; count++) onWork([start()])
    reset()
    expect(gate.isHeld()).toBe(false)
    const before = createJobs()
    for (let count = 1; count < LIMIT; count++) onWork([before.start()])
    expect(gate.isHeld()).toBe(false)
    onWork([before.start()])
    expect(gate.isHeld()).toBe(true)
    // Neither lets these go, nor counts for them, what was there before.
    await finish(LIMIT)
    expect(changes).toEqual([true, false, true])
    await before.finish(1)
    expect(changes).toEqual([true, false, true, false])
    onWork([before.start()])
    expect(gate.isHeld()).toBe(true)
    await before.finish(LIMIT)
  })
})

describe('1,024 messages whose handlers are not done', () => {
  const start = useTestStreams()
  const messages = (count: number): string =>
    Array.from({ length: count }, (_, index) => `id: ${index + 1}\ndata: ${index + 1}\n\n`).join('')

  it('stop the reading until one is done, and the stream stays open', async () => {
    const jobs = createJobs()
    const stream = await start({ on: { message: jobs.start } })
    await stream.open()
    await stream.request.push(messages(LIMIT + 3))
    const { reads } = stream.request
    expect(stream.client).toMatchObject({ status: 'open', received: LIMIT, lastEventId: '1024' })
    await stream.request.push('data: "more"\n\n')
    expect(stream.request.reads).toBe(reads)
    await jobs.finish(1)
    expect(stream.client.received).toBe(LIMIT + 1)
    await jobs.finish(2)
    expect(stream.client.received).toBe(LIMIT + 3)
    await jobs.finish(1)
    expect(stream.client.received).toBe(LIMIT + 4)
    expect(stream.request.reads).toBe(reads + 1)
    await jobs.finish(LIMIT)
  })

  it('count over handlers of every kind', async () => {
    const jobs = createJobs()
    const stream = await start({ onMessage: jobs.start })
    stream.client.on('*', jobs.start)
    await stream.open()
    await stream.request.push(messages(LIMIT + 1))
    expect(stream.client.received).toBe(LIMIT)
    await jobs.finish(1)
    expect(stream.client.received).toBe(LIMIT)
    await jobs.finish(1)
    expect(stream.client.received).toBe(LIMIT + 1)
    await jobs.finish(2 * LIMIT)
  })

  it('count on when the stream is closed and opened again: the work goes on', async () => {
    const jobs = createJobs()
    const stream = await start({ on: { message: jobs.start } })
    await stream.open()
    await stream.request.push(messages(LIMIT))
    stream.client.close()
    stream.client.open()
    await settle()
    await stream.open()
    await stream.request.push('data: "more"\n\n')
    expect([stream.client.status, stream.client.received]).toEqual(['open', LIMIT])
    await jobs.finish(1)
    expect(stream.client.received).toBe(LIMIT + 1)
    await jobs.finish(LIMIT)
  })

  it('are done with rejections, too; each is reported', async () => {
    const jobs = createJobs()
    const stream = await start({ on: { message: jobs.start } })
    await stream.open()
    await stream.request.push(messages(LIMIT + 1))
    await jobs.finish(1, 'reject')
    expect(stream.client.received).toBe(LIMIT + 1)
    expect(stream.errors.map(({ code }) => code)).toEqual(['handler'])
    await jobs.finish(LIMIT)
  })
})
