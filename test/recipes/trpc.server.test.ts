/**
 * The recipe for tRPC, on a router of its own server.
 * @see https://trpc.io/docs/server/subscriptions
 * @see https://trpc.io/docs/client/links/httpSubscriptionLink
 */
import { initTRPC, tracked, TRPCError } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { until } from '../support/client-run.ts'
import { useRecipeServer } from './recipe-runs.ts'
import { useTicks } from './trpc.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

interface Input {
  lastEventId?: string
  upTo: number
  failAt?: number
  code?: 'INTERNAL_SERVER_ERROR' | 'FORBIDDEN'
}

const inputs: Input[] = []
let holdAfter: number

const t = initTRPC.create({ sse: { ping: { enabled: true, intervalMs: 20 } } })
const router = t.router({
  ticks: t.procedure
    .input((value) => value as Input)
    .subscription(async function* ({ input, signal }) {
      inputs.push(input)
      for (let n = Number(input.lastEventId ?? 0) + 1; n <= input.upTo; n++) {
        if (n === input.failAt && inputs.length === 1) {
          throw new TRPCError({ code: input.code!, message: `No ${n}` })
        }
        yield tracked(String(n), { n })
        if (n === holdAfter)
          await new Promise((resolve) => signal!.addEventListener('abort', resolve))
      }
    }),
})
const server = useRecipeServer(createHTTPHandler({ router, basePath: '/trpc/' }))

beforeEach(() => {
  inputs.splice(0)
  holdAfter = 0
})

function useRun(initial: Input) {
  const input = ref(initial)
  const shown: number[] = []
  const failures: unknown[] = []
  const gaps: string[] = []
  const { result: stream } = server.run(
    () =>
      useTicks(
        () => input.value,
        (n) => shown.push(n),
      ),
    {
      onError: ({ code, raw }) => raw && failures.push([code, JSON.parse(raw).message]),
      onGap: ({ reason }) => gaps.push(reason),
    },
  )
  return { input, shown, failures, gaps, stream }
}

describe('a tRPC subscription', () => {
  it('is complete when the server returns', async () => {
    const { shown, stream } = useRun({ upTo: 3 })
    await until(() => stream.status.value === 'closed')
    expect(stream.reason.value).toBe('complete')
    expect(shown).toEqual([1, 2, 3])
    expect(inputs).toEqual([{ upTo: 3 }])
    expect(server.requests).toHaveLength(1)
  })

  it('goes on after the last tracked event when it is cut', async () => {
    holdAfter = 3
    const { shown, gaps, stream } = useRun({ upTo: 5 })
    await until(() => shown.length === 3)
    await server.cut()
    await until(() => stream.status.value === 'closed')
    expect(shown).toEqual([1, 2, 3, 4, 5])
    expect(inputs).toEqual([{ upTo: 5 }, { upTo: 5, lastEventId: '3' }])
    // Though `connected` has no id.
    expect(gaps).toEqual([])
    expect(stream.reason.value).toBe('complete')
  })

  it('is tried again after an error of the server, from where it was', async () => {
    const { shown, failures, stream } = useRun({
      upTo: 3,
      failAt: 2,
      code: 'INTERNAL_SERVER_ERROR',
    })
    await until(() => stream.reason.value === 'complete')
    expect(failures).toEqual([['server', 'No 2']])
    expect(shown).toEqual([1, 2, 3])
  })

  it('is over after an error of ours', async () => {
    const { shown, failures, stream } = useRun({ upTo: 3, failAt: 2, code: 'FORBIDDEN' })
    await until(() => stream.status.value === 'failed')
    expect([failures, shown]).toEqual([[['server', 'No 2']], [1]])
    expect(stream.error.value).toMatchObject({ code: 'server', fatal: true })
    expect(server.requests).toHaveLength(1)
  })

  it('shows its pings as life', async () => {
    holdAfter = 1
    const { stream } = useRun({ upTo: 2 })
    await until(() => stream.message.value?.type === ('ping' as string))
    expect(stream.status.value).toBe('open')
  })

  it('begins anew with another input', async () => {
    holdAfter = 2
    const { input, shown } = useRun({ upTo: 2 })
    await until(() => shown.length === 2)
    input.value = { upTo: 1 }
    await until(() => shown.length === 3)
    expect(shown).toEqual([1, 2, 1])
    expect(inputs).toEqual([{ upTo: 2 }, { upTo: 1 }])
  })
})
