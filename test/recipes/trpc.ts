/** Recipe of the README: a subscription of tRPC. */
import { useEventStream } from 'vue-event-stream'

interface Ticks {
  message: { n: number }
  'serialized-error': { message: string; data: { httpStatus: number } }
  return: undefined
}

export function useTicks(input: () => object, show: (n: number) => void) {
  const url = () => `/trpc/ticks?input=${encodeURIComponent(JSON.stringify(input()))}`
  return useEventStream<Ticks>(url, {
    resume: { volatile: ['connected'] }, // it has no id, and needs no replay
    on: { message: ({ n }) => show(n) }, // those made with `tracked()` have an id: the input of a reconnect has it as `lastEventId`
    until: ({ type }) => type === 'return',
    failWhen: ({ type, data }) =>
      type === 'serialized-error' &&
      ((data as Ticks['serialized-error']).data.httpStatus < 500 ? 'fatal' : true),
  })
}
