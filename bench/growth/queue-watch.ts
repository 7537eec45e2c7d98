/** What an app does with a queue: looks at it with each flush. */
import { watch } from 'vue'
import type { Payload } from './events.ts'

interface Queue {
  readonly messages: readonly { readonly key: number; readonly data: unknown }[]
  readonly size: number
  readonly dropped: number
}

export interface QueueWatch {
  /** Throws when this many have not all been in the queue, once and in order. */
  check(count: number): void
}

export function watchQueue(queue: () => Queue): QueueWatch {
  let wrong: string | undefined
  let seen = 0

  watch(
    () => queue().messages,
    (messages) => {
      const first = messages[0]
      const last = messages.at(-1)
      if (!first || !last) return
      // All that lie between are told by their ends.
      const isWhole = last.key - first.key + 1 === messages.length
      const isNumbered = (last.data as Payload).n === last.key
      if (!isWhole || !isNumbered || last.key <= seen) wrong ??= `${first.key} to ${last.key}`
      seen = last.key
    },
  )

  return {
    check(count) {
      const { size, dropped } = queue()
      if (wrong) throw new Error(`The queue has shown ${wrong}.`)
      if (seen !== count || size + dropped !== count) {
        throw new Error(`${seen} of ${count} shown, ${size} there, ${dropped} dropped.`)
      }
    },
  }
}
