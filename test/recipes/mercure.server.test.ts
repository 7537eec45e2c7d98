/** The recipe for Mercure, on a hub that behaves as its specification says. */
import { describe, expect, it, vi } from 'vitest'
import { until } from '../support/client-run.ts'
import { createMercureHub } from './mercure-hub.ts'
import { useBook } from './mercure.ts'
import { useRecipeServer } from './recipe-runs.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const TOPIC = 'https://example.com/books/1'

const hub = createMercureHub()
const server = useRecipeServer(hub.listener)

interface Run {
  readonly shown: number[]
  readonly gaps: number
  readonly stream: ReturnType<typeof useBook>
}

function useRun(loadedAt: string): Run {
  const shown: number[] = []
  const reload = vi.fn()
  const { result: stream } = server.run(() =>
    useBook(TOPIC, loadedAt, ({ stock }) => shown.push(stock), reload),
  )
  return {
    shown,
    stream,
    get gaps() {
      return reload.mock.calls.length
    },
  }
}

const publish = (stock: number, topic = TOPIC): string =>
  hub.publish(topic, { title: 'Emma', stock })

describe('a Mercure hub', () => {
  it('is asked for what came after the page was made', async () => {
    const loadedAt = publish(1)
    publish(2)
    publish(0, 'https://example.com/books/2')
    const run = useRun(loadedAt)
    await until(() => run.shown.length === 1)
    publish(3)
    await until(() => run.shown.length === 2)
    expect(run.shown).toEqual([2, 3])
    const [{ query, headers }] = server.requests as [(typeof server.requests)[0]]
    expect([query.get('last_event_id'), headers['last-event-id']]).toEqual([loadedAt, loadedAt])
    expect(run.gaps).toBe(0)
  })

  it('goes on after the last update when it is cut', async () => {
    const run = useRun(publish(1))
    await until(() => run.stream.status.value === 'open')
    const last = publish(2)
    await until(() => run.shown.length === 1)
    await server.cut()
    publish(3)
    await until(() => run.shown.length === 2)
    publish(4)
    await until(() => run.shown.length === 3)
    expect(run.shown).toEqual([2, 3, 4])
    expect(server.requests[1]!.headers['last-event-id']).toBe(last)
    expect(server.requests[1]!.query.get('last_event_id')).toBe(last)
    expect(run.gaps).toBe(0)
  })

  it('says `earliest` when its history does not reach back: that is a gap', async () => {
    const run = useRun(publish(1))
    await until(() => run.stream.status.value === 'open')
    publish(2)
    await until(() => run.shown.length === 1)
    hub.forget()
    await server.cut()
    publish(3)
    await until(() => run.shown.length === 2)
    expect(run.shown).toEqual([2, 3])
    expect(run.gaps).toBe(1)
  })

  it('says so for the first request, too, and not when all of it was asked for', async () => {
    hub.forget()
    publish(1)
    const late = useRun('urn:uuid:gone')
    const all = useRun('earliest')
    await until(() => late.shown.length === 1 && all.shown.length === 1)
    expect([late.gaps, all.gaps]).toEqual([1, 0])
  })

  it('is left when the stream is closed', async () => {
    const run = useRun(publish(1))
    await until(() => run.stream.status.value === 'open')
    run.stream.close()
    await until(() => server.open() === 0)
    expect(run.stream.status.value).toBe('closed')
    expect(server.requests).toHaveLength(1)
  })
})
