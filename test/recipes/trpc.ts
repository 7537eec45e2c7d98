/** Recipe of the README: a subscription of tRPC. */
import { useEventStream } from 'vue-event-stream'

interface Ticks {
  message: { n: number }
  'serialized-error': { message: string; data: { httpStatus: number } }
  return: undefined
}

export function useTicks(
  input: () => object,
  show: (n: number) => void,
  fail: (reason: string) => void,
) {
  const url = () => `/trpc/ticks?input=${encodeURIComponent(JSON.stringify(input()))}`
  const stream = useEventStream<Ticks>(url, {
    on: {
      message: ({ n }) => show(n), // those made with `tracked()` have an id: the input of a reconnect has it as `lastEventId`
      'serialized-error': ({ message, data }) => {
        if (data.httpStatus < 500) stream.close() // else it is retried
        fail(message)
      },
    },
    until: ({ type }) => type === 'return',
  })
  return stream
}
