/** The recipe for PocketBase, on a server whose realtime API behaves as it is documented. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { until } from '../support/client-run.ts'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { createPocketBase } from './pocketbase-server.ts'
import { useRecords } from './pocketbase.ts'
import { useRecipeServer } from './recipe-runs.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const pocketBase = createPocketBase()
const server = useRecipeServer((request, response) => pocketBase.listener(request, response))
const { fetch } = globalThis

beforeEach(() => {
  pocketBase.refuseWith = undefined
  // A page's own requests are relative to it.
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    fetch(new URL(url, server.url()), init),
  )
})

/** With a time of its own it waits until the test lets it pass. */
function useRun(initial: string[], hasOwnTime = false) {
  const topics = ref(initial)
  const seen: string[] = []
  const load = vi.fn(async () => {})
  const gaps: string[] = []
  const { environment, advance } = createFakeEnvironment()
  const { after, now } = environment
  const { result: stream } = server.run(() => useRecords(topics, load), {
    onGap: ({ reason }) => gaps.push(reason),
    ...(hasOwnTime && { environment: { after, now } }),
  })
  const follow = (topic: `${string}/${string}`): (() => void) =>
    stream.on(topic, ({ action, record }) => seen.push(`${topic} ${action} ${record.id}`))
  const loads = (): number => load.mock.calls.length
  return { topics, seen, loads, gaps, stream, follow, advance }
}

describe("PocketBase's realtime API", () => {
  it('is told the topics as soon as it has said who one is, then everything is loaded', async () => {
    const { seen, loads, follow } = useRun(['posts/*', 'users/1'])
    follow('posts/*')
    follow('users/1')
    await until(() => loads() === 1)
    expect(pocketBase.topics()).toEqual([['posts/*', 'users/1']])
    pocketBase.change('posts', 'create', '7')
    pocketBase.change('users', 'update', '1')
    pocketBase.change('users', 'update', '2')
    pocketBase.change('posts', 'delete', '7')
    await until(() => seen.length === 3)
    expect(seen).toEqual(['posts/* create 7', 'users/1 update 1', 'posts/* delete 7'])
  })

  it('is told them anew after a cut, and what was missed is loaded', async () => {
    const { seen, loads, gaps, follow } = useRun(['posts/*'])
    follow('posts/*')
    await until(() => loads() === 1)
    pocketBase.change('posts', 'create', '1')
    await until(() => seen.length === 1)
    await server.cut()
    await until(() => loads() === 2)
    expect(pocketBase.topics()).toEqual([['posts/*']])
    pocketBase.change('posts', 'create', '2')
    await until(() => seen.length === 2)
    expect(seen).toEqual(['posts/* create 1', 'posts/* create 2'])
    expect(gaps).toEqual(['no-id'])
    const [, again] = server.requests.filter(({ method }) => method === 'GET')
    expect(again!.headers['last-event-id']).toBeUndefined()
  })

  it('is told them anew when it ends a connection that had nothing for long', async () => {
    const { stream, loads } = useRun(['posts/*'])
    await until(() => loads() === 1)
    pocketBase.endAll()
    await until(() => loads() === 2)
    expect(stream.status.value).toBe('open')
  })

  it('is taken for lost when it has not ended such a connection itself', async () => {
    const { stream, loads, advance } = useRun(['posts/*'], true)
    await until(() => loads() === 1)
    await advance(329_000)
    expect(stream.status.value).toBe('open')
    await advance(1000)
    await until(() => loads() === 2)
    expect(stream.status.value).toBe('open')
  })

  it('gets another set of topics on the same connection', async () => {
    const { topics, seen, loads, follow } = useRun(['posts/*'])
    const stop = follow('posts/*')
    await until(() => loads() === 1)
    topics.value = ['posts/*', 'tags/*']
    follow('tags/*')
    await until(() => loads() === 2)
    pocketBase.change('tags', 'create', '1')
    await until(() => seen.length === 1)
    stop()
    topics.value = ['tags/*']
    await until(() => loads() === 3)
    pocketBase.change('posts', 'create', '1')
    pocketBase.change('tags', 'create', '2')
    await until(() => seen.length === 2)
    expect(seen).toEqual(['tags/* create 1', 'tags/* create 2'])
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST', 'POST'])
  })

  it('is left with the last topic, and asked again with the next one', async () => {
    const { topics, loads, stream } = useRun(['posts/*'])
    await until(() => loads() === 1)
    topics.value = []
    await until(() => server.open() === 0)
    expect(stream.status.value).toBe('idle')
    topics.value = ['tags/*']
    await until(() => loads() === 2)
    expect(pocketBase.topics()).toEqual([['tags/*']])
  })
})
