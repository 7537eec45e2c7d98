/** Questions and answers: each question is a POST, and its answer streams back word by word. */
import { computed, shallowRef } from 'vue'
import { useTextStream } from 'vue-event-stream'
import { describeError } from './connection-text.ts'
import { LIMITS } from '../shared/contract.ts'
import type { AssistantEvents, AssistantFault, AssistantRequest } from '../shared/contract.ts'

export interface Exchange {
  readonly key: number
  readonly question: string
  /** Which of the answers it is. */
  readonly variant: number
  /** As much as has come. */
  readonly text: string
  readonly source: string
  readonly state: 'writing' | 'done' | 'stopped' | 'failed'
  readonly failure: string
}

const KEPT = 50

/** @param onEnd Called when an answer is over, however it went. */
export function useAssistant(onEnd: (exchange: Exchange) => void) {
  const exchanges = shallowRef<readonly Exchange[]>([])
  let lastKey = 0
  /** The server's name for the answer under way. */
  let answerId = ''

  const stream = useTextStream<AssistantEvents>('/assistant', {
    pick: ({ type, data }) => (type === 'token' ? data.text : null),
    until: ({ type }) => type === 'done' || type === 'error',
    on: {
      answer({ id, source }) {
        answerId = id
        update(lastKey, { source })
      },
      // An ordinary event: the connection's own errors come with the result of `send`.
      error: ({ message }) => update(lastKey, { failure: message }),
    },
    // The question is asked once. After a cut the server is asked for the rest, after the last event ID.
    resume: {
      request: () => (answerId ? { url: `/assistant/${answerId}/stream` } : undefined),
    },
  })

  function update(key: number, change: Partial<Exchange>): void {
    exchanges.value = exchanges.value.map((each) =>
      each.key === key ? { ...each, ...change } : each,
    )
  }

  /** What is being written is stopped by the next question. */
  async function ask(request: AssistantRequest): Promise<void> {
    const { question, variant = 0 } = request
    const key = ++lastKey
    answerId = ''
    exchanges.value = [
      ...exchanges.value,
      { key, question, variant, text: '', source: '', state: 'writing' as const, failure: '' },
    ].slice(-KEPT)
    const { text, isComplete, error } = await stream.send(request)
    const asked = exchanges.value.find((each) => each.key === key)
    if (!asked) return
    const failure = asked.failure || (error ? describeError(error) : '')
    const state = failure ? 'failed' : isComplete ? 'done' : 'stopped'
    update(key, { text, failure, state })
    onEnd({ ...asked, text, failure, state })
  }

  /** In the place of an answer: the same once more after a failure, else the next one that the server has. */
  function regenerate({ key, question, variant, state }: Exchange, fault: AssistantFault): void {
    exchanges.value = exchanges.value.filter((each) => each.key !== key)
    const next = state === 'failed' ? variant : (variant + 1) % LIMITS.variants
    void ask({ question, variant: next, fault: state === 'failed' ? 'none' : fault })
  }

  /** With the text as it grows. */
  const shown = computed(() => {
    const last = exchanges.value.at(-1)
    if (last?.state !== 'writing') return exchanges.value
    return [...exchanges.value.slice(0, -1), { ...last, text: stream.text.value }]
  })

  return { stream, exchanges: shown, ask, regenerate, stop: stream.stop }
}
