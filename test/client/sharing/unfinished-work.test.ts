// @vitest-environment node
/** Who waits for a message waits until it is delivered and handled, and not for ever. */
import { describe, expect, it } from 'vitest'
import { createUnfinishedWork } from '../../../src/client/sharing/unfinished-work.ts'
import { settle } from '../../support/settle.ts'

/** Notes down when the work on this number is done. */
function follow(work: ReturnType<typeof createUnfinishedWork>, number: number): () => boolean {
  let isDone = false
  void work.of(number)!.then(() => (isDone = true))
  return () => isDone
}

function createHandler() {
  let resolve!: () => void
  let reject!: (cause: unknown) => void
  const promise = new Promise<void>((...settlers) => ([resolve, reject] = settlers))
  return { promise, resolve, reject }
}

describe('work on a message', () => {
  it('is none once it was delivered to handlers that return nothing', () => {
    const work = createUnfinishedWork()
    work.begin(0)
    work.end(0)
    expect(work.of(0)).toBeUndefined()
  })

  it('that is still to be delivered is done when it was', async () => {
    const work = createUnfinishedWork()
    const isDone = follow(work, 1)
    work.begin(0)
    work.end(0)
    await settle()
    expect(isDone()).toBe(false)
    work.begin(1)
    work.end(1)
    await settle()
    expect(isDone()).toBe(true)
  })

  it('is done when all of its handlers are, however they end', async () => {
    const work = createUnfinishedWork()
    const [one, other] = [createHandler(), createHandler()]
    const early = follow(work, 0)
    work.begin(0)
    work.add([one.promise, other.promise])
    work.end(0)
    const late = follow(work, 0)
    one.resolve()
    await settle()
    expect([early(), late()]).toEqual([false, false])
    other.reject(new Error('failed'))
    await settle()
    expect([early(), late()]).toEqual([true, true])
  })

  it('is that of its own handlers, and not of the message before it', async () => {
    const work = createUnfinishedWork()
    work.begin(0)
    work.add([createHandler().promise])
    work.end(0)
    const isDone = follow(work, 1)
    work.begin(1)
    work.end(1)
    await settle()
    expect([work.of(1), isDone()]).toEqual([undefined, true])
  })

  it('is nobody to wait for any more when nothing more is delivered', async () => {
    const work = createUnfinishedWork()
    const waits = [follow(work, 5), follow(work, 6)]
    work.clear()
    await settle()
    expect(waits.map((isDone) => isDone())).toEqual([true, true])
  })

  it('counts from the start in another stream', async () => {
    const work = createUnfinishedWork()
    work.begin(7)
    work.end(7)
    work.clear()
    const isDone = follow(work, 3)
    await settle()
    expect(isDone()).toBe(false)
    work.begin(3)
    work.end(3)
    await settle()
    expect(isDone()).toBe(true)
  })
})
