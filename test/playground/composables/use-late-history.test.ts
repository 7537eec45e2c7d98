import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { effectScope } from 'vue'
import { useEventStream, useMessageQueue } from 'vue-event-stream'
import { useLateHistory } from '../../../playground/composables/use-late-history.ts'
import { createControlledEnvironment, event } from '../../support/controlled-fetch.ts'
import type { ControlledEnvironment } from '../../support/controlled-fetch.ts'

interface Told {
  id?: string
  type: string
  data?: unknown
}

const TYPES = ['said', 'gap'] as const

let environment: ControlledEnvironment
/** What the server was asked for, and what answers each question. */
let asked: string[]
let answers: ((told: Told[] | null) => void)[]
beforeEach(() => {
  environment = createControlledEnvironment()
  asked = []
  answers = []
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url)
    return new Promise<Response>((resolve, reject) => {
      answers.push((told) => {
        if (told) resolve(Response.json({ messages: told }))
        else reject(new TypeError('no network'))
      })
    })
  })
})

async function start(capacity = 10) {
  const scope = effectScope(true)
  onTestFinished(() => scope.stop())
  const { late: history, shown } = scope.run(() => {
    const stream = useEventStream('/a', { environment, flush: 'sync' })
    const { messages } = useMessageQueue(stream, TYPES, { capacity: 10 })
    const late = useLateHistory('/history', stream, TYPES)
    return { late, shown: late.withHistory(messages, TYPES, capacity) }
  })!
  await flushPromises()
  await environment.last().answer()
  return {
    history,
    ids: () => shown.value.map(({ type, lastEventId }) => (type === 'gap' ? '-' : lastEventId)),
    keys: () => shown.value.map(({ key }) => key),
    tell: (...ids: string[]) =>
      environment.last().send(...ids.map((id) => event('said', `text ${id}`, id))),
    async answer(told: Told[] | null): Promise<void> {
      answers.shift()!(told)
      await flushPromises()
    },
  }
}

const said = (...ids: string[]): Told[] => ids.map((id) => ({ id, type: 'said', data: id }))

describe('useLateHistory', () => {
  it('puts what a fresh tab lacks before what comes live', async () => {
    const { history, ids, keys, tell, answer } = await start()
    void history.fetchMissed()
    await tell('4')
    await answer(said('1', '2', '3'))
    expect([ids(), asked]).toEqual([['1', '2', '3', '4'], ['/history']])
    await tell('5')
    expect(ids()).toEqual(['1', '2', '3', '4', '5'])
    expect(new Set(keys()).size).toBe(5)
  })

  it('puts what was missed on the way between what came before and after', async () => {
    const { history, ids, tell, answer } = await start()
    await tell('1', '2')
    void history.fetchMissed()
    await tell('5')
    await answer(said('3', '4'))
    expect([ids(), asked]).toEqual([['1', '2', '3', '4', '5'], ['/history?lastEventId=2']])
  })

  it('shows once what comes both ways, whichever is first', async () => {
    const { history, ids, tell, answer } = await start()
    void history.fetchMissed()
    await tell('3')
    await answer(said('1', '2', '3', '4'))
    expect(ids()).toEqual(['1', '2', '3'])
    await tell('4')
    expect(ids()).toEqual(['1', '2', '3', '4'])
    void history.fetchMissed()
    await answer(said('5', '6'))
    await tell('6')
    expect(ids()).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it('shows a gap where the history does not reach back, or cannot be had', async () => {
    const { history, ids, tell, answer } = await start()
    await tell('1')
    void history.fetchMissed()
    await answer([{ type: 'gap', data: {} }, ...said('7')])
    await tell('8')
    void history.fetchMissed()
    await answer(null)
    await tell('9')
    expect(ids()).toEqual(['1', '-', '7', '8', '-', '9'])
  })

  it('returns what is no history', async () => {
    const { history, ids, answer } = await start()
    const now = history.fetchMissed()
    const presence = { type: 'presence', data: ['Ada'] }
    await answer([...said('1'), presence])
    expect([await now, ids()]).toEqual([[presence], ['1']])
  })

  it('takes the messages without an id of their own for no copies', async () => {
    const { history, ids, answer } = await start()
    void history.fetchMissed()
    await answer(said('1'))
    await environment.last().send('id: 1\n\n', event('presence', []))
    expect(ids()).toEqual(['1'])
  })

  it('shows no more than fits', async () => {
    const { history, ids, tell, answer } = await start(3)
    void history.fetchMissed()
    await tell('4')
    await answer(said('1', '2', '3'))
    expect(ids()).toEqual(['2', '3', '4'])
  })

  it('forgets all of it for a new start, and what was still to come', async () => {
    const { history, ids, answer } = await start()
    void history.fetchMissed()
    await answer(said('1'))
    const late = history.fetchMissed()
    history.clear()
    await answer(said('2'))
    expect([ids(), await late]).toEqual([[], []])
  })
})
