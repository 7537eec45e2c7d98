// @vitest-environment node
/** Up to which id everything has been handled, whatever time the handlers take. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { createCommitTracker } from '../../../src/client/position/commit-tracker.ts'
import type { CommitTracker } from '../../../src/client/position/commit-tracker.ts'

function create(): CommitTracker & { committed: string[] } {
  const committed: string[] = []
  return { committed, ...createCommitTracker((id) => committed.push(id)) }
}

/** Work in the hand of the test. */
function createWork() {
  let resolve!: () => void
  let reject!: (cause: unknown) => void
  const promise = new Promise<void>((...both) => ([resolve, reject] = both))
  promise.catch(() => {})
  return { promise, resolve, reject }
}

describe('createCommitTracker', () => {
  it('commits at once what has no work', () => {
    const { add, committed } = create()
    add('1')
    add('2')
    add('')
    expect(committed).toEqual(['1', '2', ''])
  })

  it('commits with the end of the work, and not before', async () => {
    const { add, committed } = create()
    const { promise, resolve } = createWork()
    add('1', [promise])
    await settle()
    expect(committed).toEqual([])
    resolve()
    await settle()
    expect(committed).toEqual(['1'])
  })

  it('waits for all of the work of a message', async () => {
    const { add, committed } = create()
    const works = [createWork(), createWork(), createWork()]
    add(
      '1',
      works.map(({ promise }) => promise),
    )
    for (const { resolve } of works) {
      expect(committed).toEqual([])
      resolve()
      await settle()
    }
    expect(committed).toEqual(['1'])
  })

  it('takes work that fails for done: it has been reported, and comes no second time', async () => {
    const { add, committed } = create()
    const { promise, reject } = createWork()
    add('1', [promise, Promise.resolve()])
    reject(new Error('no'))
    await settle()
    expect(committed).toEqual(['1'])
  })

  it('takes anything with a then for work', async () => {
    const { add, committed } = create()
    add('1', [{ then: (done: any) => done() }])
    add('2', [
      {
        then() {
          throw new Error('no')
        },
      },
    ])
    await settle()
    expect(committed).toEqual(['1', '2'])
  })

  it('commits nothing past one that still works, and then all that is done in one step', async () => {
    const { add, committed } = create()
    const [first, second, fourth] = [createWork(), createWork(), createWork()]
    add('1', [first.promise])
    add('2', [second.promise])
    add('3')
    add('4', [fourth.promise])
    add('5')
    second.resolve()
    await settle()
    expect(committed).toEqual([])
    first.resolve()
    await settle()
    expect(committed).toEqual(['3'])
    fourth.resolve()
    await settle()
    expect(committed).toEqual(['3', '5'])
  })

  it('lets what has no work wait for what came before it', async () => {
    const { add, committed } = create()
    const { promise, resolve } = createWork()
    add('1', [promise])
    add('')
    expect(committed).toEqual([])
    resolve()
    await settle()
    expect(committed).toEqual([''])
    add('3')
    expect(committed).toEqual(['', '3'])
  })

  it('commits in order whatever the order in which thousands end', async () => {
    const { add, committed } = create()
    const works = Array.from({ length: 5000 }, createWork)
    works.forEach(({ promise }, index) => add(`${index}`, [promise]))
    for (let index = works.length - 1; index > 0; index--) works[index]!.resolve()
    await settle()
    expect(committed).toEqual([])
    works[0]!.resolve()
    await settle()
    expect(committed).toEqual(['4999'])
  })
})
