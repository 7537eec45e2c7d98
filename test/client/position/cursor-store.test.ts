// @vitest-environment node
/** The committed id in a storage: what is written and when, and what of it a later page takes up. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment, START_MS } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { createCursorStore } from '../../../src/client/position/cursor-store.ts'
import type { CursorStorage, Environment } from '../../../src/client/environment.ts'
import type { CursorStore } from '../../../src/client/position/cursor-store.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { ResumeOptions } from '../../../src/client/options.ts'

const NAME = 'vue-event-stream:chat'

interface TestStore extends FakeEnvironment {
  store: CursorStore
  /** What was reported as the storage's failure. */
  failures: unknown[]
  /** What is stored, as it was put there. */
  found(): unknown
  /** The stream has ended. */
  isResting: boolean
}

function create(
  resume: ResumeOptions = {},
  { navigationType = 'reload', stored = {} as unknown, platform = {} as Partial<Environment> } = {},
): TestStore {
  const fake = createFakeEnvironment()
  const failures: unknown[] = []
  fake.navigationType = navigationType
  fake.documentId = 2
  if (typeof stored === 'string') fake.stored.session.set(NAME, stored)
  const test = Object.assign(fake, {
    failures,
    isResting: false,
    found: () => JSON.parse(fake.stored.session.get(NAME) ?? 'null') as unknown,
  })
  const store = createCursorStore(
    'chat',
    { storage: 'session', ...resume },
    { ...fake.environment, ...platform },
    () => test.isResting,
    (cause) => failures.push(cause),
  )
  return Object.assign(test, { store })
}

/** What another document has stored, so many milliseconds ago. */
const left = (id: unknown, age: unknown = 1000, by: unknown = 1): string =>
  JSON.stringify({ id, at: typeof age === 'number' ? START_MS - age : age, by })

/** A storage that counts, and that fails when it is told to. */
function createOwnStorage() {
  const items = new Map<string, string>()
  const calls: string[] = []
  const own = { items, calls, failure: undefined as unknown }
  const note = (name: string): void => {
    calls.push(name)
    if (own.failure) throw own.failure
  }
  const storage: CursorStorage = {
    getItem: (key) => (note('get'), items.get(key) ?? null),
    setItem: (key, value) => (note('set'), void items.set(key, value)),
    removeItem: (key) => (note('remove'), void items.delete(key)),
  }
  return Object.assign(own, { storage })
}

describe('createCursorStore', () => {
  describe('handled', () => {
    it('writes the id, the time and the document, 250 ms later', async () => {
      const { store, advance, found } = create()
      store.handled('5')
      await advance(249)
      expect(found()).toBe(null)
      await advance(1)
      expect(found()).toEqual({ id: '5', at: START_MS + 250, by: 2 })
    })

    it('writes once for all that is handled meanwhile, the last one', async () => {
      const { storage, calls } = createOwnStorage()
      const { store, advance, delays, live } = create({ storage })
      for (let index = 0; index < 1000; index++) store.handled(`${index}`)
      expect(delays()).toEqual([250])
      await advance(250)
      expect(calls).toEqual(['set'])
      expect(JSON.parse(storage.getItem(NAME)!)).toMatchObject({ id: '999' })
      expect(live()).toEqual([])
    })

    it('writes at most every 250 ms while messages keep coming', async () => {
      const { storage, calls } = createOwnStorage()
      const { store, advance } = create({ storage })
      for (let ms = 0; ms < 1000; ms += 10) {
        store.handled(`${ms}`)
        await advance(10)
      }
      expect(calls.length).toBeGreaterThanOrEqual(3)
      expect(calls.length).toBeLessThanOrEqual(4)
    })

    it('waits for the work of a message and of all before it', async () => {
      const { store, advance, found, live } = create()
      let finish = (): void => {}
      store.handled('5', [new Promise<void>((resolve) => (finish = resolve))])
      store.handled('6')
      await advance(10_000)
      expect([found(), live()]).toEqual([null, []])
      finish()
      await advance(250)
      expect(found()).toMatchObject({ id: '6' })
    })

    it('writes at once when the stream has ended', async () => {
      const test = create()
      let finish = (): void => {}
      test.store.handled('5', [new Promise<void>((resolve) => (finish = resolve))])
      test.isResting = true
      finish()
      await settle()
      expect(test.found()).toMatchObject({ id: '5' })
      expect(test.live()).toEqual([])
    })

    it('takes what is stored away with an empty id', async () => {
      const { store, advance, stored } = create({}, { stored: left('5') })
      stored.session.set('other', 'x')
      store.handled('')
      expect(stored.session.has(NAME)).toBe(true)
      await advance(250)
      expect([...stored.session.keys()]).toEqual(['other'])
    })
  })

  describe('flush', () => {
    it('writes at once, and leaves no timer', async () => {
      const { storage, calls } = createOwnStorage()
      const { store, live, advance } = create({ storage })
      store.handled('5')
      store.flush()
      expect(calls).toEqual(['set'])
      expect(live()).toEqual([])
      await advance(1000)
      expect(calls).toEqual(['set'])
    })

    it('says of what was handled long ago that it is true until now', async () => {
      const { store, advance, found } = create()
      store.handled('5')
      await advance(600_000)
      store.flush()
      expect(found()).toEqual({ id: '5', at: START_MS + 600_000, by: 2 })
    })

    it('says so of what was restored, but not of what was too old for it', async () => {
      const restored = create({}, { stored: left('5') })
      restored.store.restore()
      await restored.advance(600_000)
      restored.store.flush()
      expect(restored.found()).toEqual({ id: '5', at: START_MS + 600_000, by: 2 })
      for (const stored of [left('5', 300_001), left('5', 1000, 2)]) {
        const other = create({}, { stored })
        other.store.restore()
        other.store.flush()
        expect(other.found()).toEqual(JSON.parse(stored))
      }
    })

    it('writes nothing where nothing was handled', () => {
      const { storage, calls } = createOwnStorage()
      create({ storage }).store.flush()
      expect(calls).toEqual([])
    })

    it('writes nothing that is not handled', () => {
      const { store, found } = create()
      store.handled('5')
      store.handled('6', [new Promise(() => {})])
      store.flush()
      expect(found()).toMatchObject({ id: '5' })
    })

    it('counts the 250 ms anew for what comes after it', async () => {
      const { store, advance, found } = create()
      store.handled('5')
      await advance(200)
      store.flush()
      store.handled('6')
      await advance(249)
      expect(found()).toMatchObject({ id: '5' })
      await advance(1)
      expect(found()).toMatchObject({ id: '6' })
    })
  })

  describe('restore', () => {
    it.each(['reload', 'back_forward'])('gives what another document left, at %s', (type) => {
      const { store } = create({}, { navigationType: type, stored: left('5') })
      expect(store.restore()).toEqual({ id: '5', isExpired: false })
    })

    it.each(['navigate', 'prerender', ''])('gives nothing at %j', (navigationType) => {
      expect(create({}, { navigationType, stored: left('5') }).store.restore()).toBe(undefined)
    })

    it('gives nothing that this document has stored itself', () => {
      const { store } = create({}, { stored: left('5', 1000, 2) })
      expect(store.restore()).toBe(undefined)
    })

    it.each([
      ['nothing', undefined],
      ['a null', 'null'],
      ['a number', '5'],
      ['a text', '"5"'],
      ['an array', '["5"]'],
      ['no id', JSON.stringify({ at: START_MS, by: 1 })],
      ['an id that is no text', left(5)],
      ['no time', JSON.stringify({ id: '5', by: 1 })],
      ['a time that is none', left('5', 'now')],
    ])('gives nothing of %s', (_, stored) => {
      const { store, failures } = create({}, { stored })
      expect(store.restore()).toBe(undefined)
      expect(failures).toEqual([])
    })

    it('gives nothing of what is no JSON, and the storage is used on', async () => {
      const { store, found, advance } = create({}, { stored: '{"id":' })
      expect(store.restore()).toBe(undefined)
      store.handled('6')
      await advance(250)
      expect(found()).toMatchObject({ id: '6' })
    })

    it.each([
      [undefined, 300_000, 300_001],
      [50, 50, 51],
    ])('says that it is too old for maxAge: %s', (maxAge, young, old) => {
      const restore = (age: number) =>
        create({ maxAge }, { stored: left('5', age) }).store.restore()
      expect(restore(young)).toEqual({ id: '5', isExpired: false })
      expect(restore(old)).toEqual({ id: '5', isExpired: true })
    })

    it('asks shouldRestore instead, with the age and the navigation', () => {
      const asked: unknown[] = []
      const restore = (answer: boolean) => {
        const shouldRestore: ResumeOptions['shouldRestore'] = (details) => {
          asked.push(details)
          return answer
        }
        const options = { navigationType: 'navigate', stored: left('5', 7000) }
        return create({ shouldRestore }, options).store.restore()
      }
      expect(restore(true)).toEqual({ id: '5', isExpired: false })
      expect(restore(false)).toBe(undefined)
      const details = { age: 7000, navigationType: 'navigate' }
      expect(asked).toEqual([details, details])
    })

    it('does not ask shouldRestore about what this document has stored itself', () => {
      const shouldRestore = (): boolean => expect.unreachable('it was asked')
      const { store } = create({ shouldRestore }, { stored: left('5', 1000, 2) })
      expect(store.restore()).toBe(undefined)
    })
  })

  describe('the storage', () => {
    it.each(['session', 'local'] as const)('is that of the page: %s', (kind) => {
      const { store, stored } = create({ storage: kind })
      store.handled('5')
      store.flush()
      expect([...stored[kind].keys()]).toEqual([NAME])
      expect(stored.session.size + stored.local.size).toBe(1)
    })

    it('may be one of the app', () => {
      const { storage, items } = createOwnStorage()
      items.set(NAME, left('4'))
      const { store, stored } = create({ storage })
      expect(store.restore()).toEqual({ id: '4', isExpired: false })
      store.handled('5')
      store.flush()
      expect(JSON.parse(items.get(NAME)!)).toMatchObject({ id: '5' })
      expect(stored.session.size).toBe(0)
    })

    it('may not be there', () => {
      const { store, failures } = create({}, { platform: { storage: () => undefined } })
      expect(store.restore()).toBe(undefined)
      store.handled('5')
      store.flush()
      expect(failures).toEqual([])
    })

    it('may be forbidden', () => {
      const cause = new Error('SecurityError')
      const storage = (): never => {
        throw cause
      }
      const { store, failures } = create({}, { platform: { storage } })
      expect(store.restore()).toBe(undefined)
      store.handled('5')
      store.flush()
      expect(failures).toEqual([cause, cause])
    })

    it('may be full, and have room later', () => {
      const own = createOwnStorage()
      const { store, failures } = create({ storage: own.storage })
      own.failure = new Error('QuotaExceededError')
      store.handled('5')
      store.flush()
      store.handled('')
      store.flush()
      expect(failures).toEqual([own.failure, own.failure])
      own.failure = undefined
      store.handled('6')
      store.flush()
      expect(JSON.parse(own.items.get(NAME)!)).toMatchObject({ id: '6' })
    })
  })
})
