// @vitest-environment node
/**
 * `declare module 'vue-event-stream'` gives every stream of an app its events. It would do so for all files of this
 * project, so it is compiled in a program of its own.
 */
import { describe, expect, it } from 'vitest'
import { checkExamples } from '../package/check-examples.ts'

const REGISTERED = `
import type { RegisteredEvents } from 'vue-event-stream'
declare module 'vue-event-stream' {
  interface EventStreamEvents { 'new-message': { text: string }; 'count': number }
}
const stream = useEventStream('/chat', {
  on: { 'new-message': ({ text }) => text.toUpperCase(), 'count': (n) => n.toFixed() },
})
`

const check = (code: string): string[] =>
  checkExamples([{ name: 'app', line: 0, code: REGISTERED + code }])

/** The compiler takes seconds of pure computing, more beside other work: nothing here waits for anything. */
const COMPILING = { timeout: 60_000 }

describe('EventStreamEvents', COMPILING, () => {
  it('gives streams without a map of their own the events of the app', () => {
    const code = `
      stream.on('count', (n) => n.toFixed())
      stream.once('new-message', ({ text }, { type }) => text + (type satisfies 'new-message'))
      const numbers: readonly number[] = useMessageQueue(stream, 'count').messages.value.map(({ data }) => data)
      const sum = useEventStreamState(stream, 0, { 'count': (total, n) => total + n })
      const type: 'new-message' | 'count' = stream.message.value!.type
      const events: RegisteredEvents = { 'new-message': { text: '' }, 'count': numbers[0]! + sum.value }
      const typed: UseEventStreamReturn = stream`
    expect(check(code)).toEqual([])
  })

  it.each([
    ["stream.on('cuont', () => {})", '"cuont"'],
    ["stream.on('count', (n) => n.toUpperCase())", 'toUpperCase'],
    ["useEventStream('/a', { on: { 'cuont': () => {} } })", "'cuont'"],
    ["useMessageQueue(stream, 'cuont')", '"cuont"'],
    ["useEventStreamState(stream, 0, { 'cuont': () => 0 })", "'cuont'"],
  ])('refuses %s', (code, reason) => {
    const found = check(code)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(reason)
  })

  it('leaves streams with a map of their own alone', () => {
    const code = "useEventStream<{ own: 1 }>('/a').on('own', (one) => one satisfies 1)"
    expect(check(code)).toEqual([])
  })

  it('is empty as long as the app does not fill it: any name, unknown payloads', () => {
    const code = `
      const stream = useEventStream('/a')
      stream.on('anything', (payload) => payload satisfies unknown)
      const types: string = stream.message.value!.type`
    expect(checkExamples([{ name: 'app', line: 0, code }])).toEqual([])
  })
})
