/** A build that the server runs: started or joined, followed to its end, and joined again after a reload. */
import { computed, onScopeDispose, shallowRef } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { postJson, request } from './request-json.ts'
import type {
  BuildEvents,
  BuildRequest,
  BuildResult,
  BuildStep,
  BuildTicket,
} from '../shared/contract.ts'

/** `looking`: whether there is one. `lost`: the server does not know it any more. */
export type BuildPhase =
  | 'looking'
  | 'ready'
  | 'starting'
  | 'running'
  | 'complete'
  | 'failed'
  | 'lost'

interface BuildState {
  readonly id: string
  readonly phase: 'running' | 'complete' | 'failed'
  readonly percent: number
  readonly step: BuildStep
  /** Of each step that has begun. */
  readonly counts: Readonly<Partial<Record<BuildStep, { done: number; total: number }>>>
  readonly result: BuildResult | null
  readonly failure: string
}

/** A bar that moves. */
const POLL_INTERVAL_MS = 1000
const LINES = 200
const NOTHING: BuildState = {
  ...{ id: '', phase: 'running', percent: 0, step: 'list' },
  ...{ counts: {}, result: null, failure: '' },
}

export function useBuild() {
  /** The server's name for the build: the stream follows it. */
  const id = shallowRef<string | null>(null)
  const asking = shallowRef<'looking' | 'starting' | null>('looking')
  /** Why none could be started. */
  const problem = shallowRef('')

  const stream = useEventStream<BuildEvents>(() => id.value && `/builds/${id.value}/stream`, {
    until: ({ type }) => type === 'complete' || type === 'failed',
    fallback: {
      transport: pollingTransport({
        url: () => `/builds/${id.value}/since`,
        interval: POLL_INTERVAL_MS,
      }),
    },
  })
  const told = useEventStreamState(stream, NOTHING, {
    started: (_, build) => ({ ...NOTHING, id: build.id }),
    progress: (state, { step, done, total, percent }) => ({
      ...state,
      ...{ step, percent },
      counts: { ...state.counts, [step]: { done, total } },
    }),
    complete: (state, result) => ({ ...state, phase: 'complete' as const, result }),
    failed: (state, { step, message }) => ({
      ...state,
      phase: 'failed' as const,
      step,
      failure: message,
    }),
  })
  const lines = useMessageQueue(stream, 'progress', { capacity: LINES })

  /** What is told of the last build is not true of the next one. */
  const state = computed(() => (told.value.id === id.value ? told.value : NOTHING))
  const phase = computed<BuildPhase>(() => {
    if (asking.value) return asking.value
    if (id.value === null) return 'ready'
    if (stream.status.value === 'failed' && state.value.phase === 'running') return 'lost'
    return state.value.phase
  })

  function follow(ticket: BuildTicket): void {
    if (ticket.id === id.value) return
    lines.clear()
    id.value = ticket.id
    stream.open()
  }

  /** Starts one, or joins the one that somebody else has started meanwhile. */
  async function start(build: BuildRequest): Promise<void> {
    asking.value = 'starting'
    problem.value = ''
    try {
      follow(await postJson<BuildTicket>('/api/builds', build))
    } catch (error) {
      problem.value = `Not started: ${(error as Error).message}`
    } finally {
      asking.value = null
    }
  }

  const looking = new AbortController()
  onScopeDispose(() => looking.abort())

  /** A server that does not answer will say so when one is started. */
  async function look(): Promise<void> {
    const { signal } = looking
    const latest = await request<BuildTicket | undefined>('/api/builds/latest', { signal }).catch(
      () => undefined,
    )
    if (asking.value !== 'looking' || signal.aborted) return
    if (latest) follow(latest)
    asking.value = null
  }
  void look()

  return {
    ...{ stream, phase, state, problem, start },
    lines: lines.messages,
    dropped: lines.dropped,
    pollInterval: POLL_INTERVAL_MS,
  }
}

export type BuildLine = ReturnType<typeof useBuild>['lines']['value'][number]
