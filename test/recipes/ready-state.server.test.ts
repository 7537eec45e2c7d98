/** The shapes of the two hooks that the project started from, over a stream. */
import { describe, expect, it, vi } from 'vitest'
import { encodeEvent } from 'vue-event-stream/protocol'
import { until } from '../support/client-run.ts'
import { useSSE } from './ready-state.ts'
import { sendHead, useRecipeServer } from './recipe-runs.ts'
import type { ServerResponse } from 'node:http'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

let answer: ServerResponse | undefined

const tell = (type: string | undefined, n: number): void =>
  void answer!.write(encodeEvent({ type, id: `${n}`, data: JSON.stringify({ n }) }))

const server = useRecipeServer((_, response) => {
  answer = response
  sendHead(response)
})

describe('a hook with a readyState', () => {
  it('has data, error, readyState and close', async () => {
    const heard: unknown[] = []
    const onOpen = vi.fn()
    const { result: sse } = server.run(() =>
      useSSE({
        url: '/events',
        events: { 'user-joined': (payload) => heard.push(payload) },
        onMessage: ({ type }) => heard.push(type),
        onError: ({ code }) => heard.push(code),
        onOpen,
      }),
    )
    expect([sse.readyState.value, sse.data.value, sse.error.value]).toEqual([2, undefined, null])
    await until(() => sse.readyState.value === 1)
    expect(onOpen).toHaveBeenCalledOnce()
    tell('user-joined', 1)
    await until(() => heard.length === 2)
    expect(heard).toEqual(['user-joined', { n: 1 }])
    expect(sse.data.value).toEqual({ n: 1 })
    await server.cut()
    await until(() => heard.length === 3)
    expect([heard[2], sse.error.value?.code]).toEqual(['network', 'network'])
    await until(() => sse.readyState.value === 1)
    expect(sse.error.value).toBeNull()
    sse.close()
    expect(sse.readyState.value).toBe(2)
  })

  it('is CONNECTING while it reconnects, not CLOSED', async () => {
    const { result: sse } = server.run(() => useSSE({ url: '/events' }), {
      reconnect: { initialDelay: 60_000, minDelay: 60_000 },
    })
    await until(() => sse.readyState.value === 1)
    await server.cut()
    await until(() => sse.error.value !== null)
    expect(sse.readyState.value).toBe(0)
  })

  it('has addEventListener, whose end is what it returns', async () => {
    const { result: sse } = server.run(() => useSSE({ url: '/events' }))
    const heard: unknown[] = []
    const stop = sse.addEventListener('update', (payload) => heard.push(payload))
    sse.addEventListener('message', (payload) => heard.push(payload))
    await until(() => sse.readyState.value === 1)
    tell('update', 1)
    tell(undefined, 2)
    await until(() => heard.length === 2)
    stop()
    tell('update', 3)
    tell(undefined, 4)
    await until(() => heard.length === 3)
    expect(heard).toEqual([{ n: 1 }, { n: 2 }, { n: 4 }])
  })
})
