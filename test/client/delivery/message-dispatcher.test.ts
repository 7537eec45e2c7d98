// @vitest-environment node
/**
 * From the text of a message to the app. What an app sees of it is in `event-stream-client.test.ts`; here is what the
 * dispatcher tells those around it, and in which order.
 */
import { describe, expect, it } from 'vitest'
import { createAppCalls } from '../../../src/client/delivery/app-calls.ts'
import { createEventHandlers } from '../../../src/client/delivery/event-handlers.ts'
import { createMessageDispatcher } from '../../../src/client/delivery/message-dispatcher.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import type { EventStreamOptions } from '../../../src/client/options.ts'
import type { ResumePosition } from '../../../src/client/position/resume-position.ts'

function start(options: EventStreamOptions = {}, duplicates: readonly number[] = []) {
  const { environment, reported, warnings } = createFakeEnvironment()
  const log: string[] = []
  const asked: number[] = []
  const state = { message: null, lastEventId: '', received: 0, duplicates: 0 }
  const handlers = createEventHandlers()
  let epoch = 0
  const position = {
    arrivedWithoutId: () => log.push('arrivedWithoutId'),
    handled: (id: string, work?: readonly unknown[]) =>
      log.push(`handled "${id}"${work ? ` after ${work.length}` : ''}`),
    isDuplicate(key: number) {
      asked.push(key)
      return duplicates.includes(asked.length)
    },
  } as unknown as ResumePosition
  const { call, onError } = createAppCalls(
    ({ code, type, raw }) => log.push(`error ${code} ${type} ${raw}`),
    environment,
    undefined,
  )
  const dispatcher = createMessageDispatcher(options, environment, state, handlers, {
    ...{ call, onError },
    position: () => position,
    epoch: () => epoch,
    onGap: (reason) => log.push(`gap ${reason}`),
    onComplete() {
      epoch++
      log.push('complete')
    },
    onWork: (work) => log.push(`work ${work.length}`),
    log: undefined,
  })
  const fake = { log, asked, state, handlers, dispatcher, reported, warnings }
  return Object.assign(fake, {
    leave: () => void epoch++,
    /** As the connection does: the cursor first. */
    send(data: string, { type = 'message', id }: { type?: string; id?: string } = {}): unknown {
      if (id !== undefined) state.lastEventId = id
      return dispatcher.onMessage({ type, data, lastEventId: state.lastEventId }, id !== undefined)
    },
  })
}

describe('createMessageDispatcher', () => {
  it('writes the state, calls in order, and tells that the message is handled', () => {
    const test = start({ onMessage: () => test.log.push('onMessage') })
    const { handlers, log, state, send } = test
    handlers.ofAll.add(() => log.push('every'))
    handlers.add('message', (data) => log.push(`type ${data} ${state.received}`))
    handlers.taps.add(() => log.push('first'))
    expect(send('1', { id: 'a' })).toBe(true)
    expect(log).toEqual(['first', 'onMessage', 'type 1 1', 'every', 'handled "a"'])
    expect(state).toEqual({
      message: { type: 'message', data: 1, lastEventId: 'a', key: 1, replayed: false },
      ...{ lastEventId: 'a', received: 1, duplicates: 0 },
    })
  })

  describe('work that goes on', () => {
    it('is told once, with all that handlers of any kind have returned', async () => {
      const { handlers, log, send } = start({ onMessage: async () => {} })
      handlers.taps.add(async () => {})
      handlers.add('message', async () => {})
      handlers.add('message', () => 'no promise')
      handlers.ofAll.add(() => ({ then() {} }))
      send('1', { id: 'a' })
      expect(log).toEqual(['handled "a" after 4', 'work 4'])
      await settle()
    })

    it('is none when handlers return no promise', () => {
      const { handlers, log, send } = start()
      for (const result of [undefined, null, 0, '', {}, [], () => {}]) {
        handlers.add('message', () => result)
      }
      send('1')
      expect(log).toEqual(['handled ""'])
    })
  })

  describe('a stream that ends while a message is dispatched', () => {
    it('calls no other handler of it', () => {
      const test = start({ onMessage: () => test.leave(), until: () => true })
      test.handlers.add('message', () => test.log.push('type'))
      test.handlers.ofAll.add(() => test.log.push('every'))
      test.send('1', { id: 'a' })
      expect(test.log).toEqual(['handled "a"'])
    })

    it('calls those of the next one', () => {
      const { handlers, leave, log, send } = start()
      handlers.add('message', (data) => (data === 1 ? leave() : log.push(`data ${data}`)))
      send('1')
      send('2')
      expect(log).toEqual(['handled ""', 'data 2', 'handled ""'])
    })
  })

  describe('until', () => {
    it('as a text completes the stream without that message', () => {
      const { log, send, state } = start({ until: '[DONE]' })
      expect(send('[DONE]', { id: 'a' })).toBe(true)
      expect([log, state.received, state.message]).toEqual([['complete'], 0, null])
    })

    it('as a function completes it after that message', () => {
      const { log, send, handlers } = start({ until: ({ data }) => data === 2 })
      handlers.add('message', (data) => log.push(`data ${data}`))
      for (const data of ['1', '2']) send(data)
      expect(log).toEqual(['data 1', 'handled ""', 'data 2', 'handled ""', 'complete'])
    })

    it('is only met by true, and survives a function that throws', () => {
      const { log, send } = start({
        until({ data }) {
          if (data === 1) throw new Error('no')
          return 1 as unknown as boolean
        },
      })
      for (const data of ['1', '2']) send(data)
      expect(log).toEqual(['handled ""', 'error handler message undefined', 'handled ""'])
    })
  })

  describe('data that cannot be decoded', () => {
    it('is counted and handled, reported with its text, and reaches no handler', () => {
      const { handlers, log, send, state, warnings } = start({ onMessage: () => log.push('never') })
      handlers.add('message', () => log.push('never'))
      expect(send('{', { id: 'a' })).toBe(true)
      expect(log).toEqual(['handled "a"', 'error decode message {'])
      expect(state).toMatchObject({ received: 1, message: null, lastEventId: 'a' })
      expect(warnings).toHaveLength(1)
    })

    it('takes no key: keys are those of delivered messages', () => {
      const { send, state } = start()
      for (const data of ['1', '{', '2']) send(data)
      expect(state).toMatchObject({ received: 3, message: { key: 2 } })
    })

    it('asks neither getEventId nor a dedupe function', () => {
      const never = (): never => {
        throw new Error('asked')
      }
      const { log, send } = start({ getEventId: never, dedupe: never })
      send('{')
      expect(log).toEqual(['arrivedWithoutId', 'handled ""', 'error decode message {'])
    })
  })

  describe('getEventId', () => {
    it('gives the message its id, whatever its type is, and moves the cursor', () => {
      const ids: unknown[] = ['x', 7, null, undefined, '']
      const { log, send, state } = start({ getEventId: () => ids.shift() as string })
      const seen = ['1', '2', '3', '4', '5'].map((data) => {
        send(data)
        return (state.message as unknown as { lastEventId: string }).lastEventId
      })
      expect(seen).toEqual(['x', '7', '7', '7', ''])
      expect(log.filter((line) => line === 'arrivedWithoutId')).toHaveLength(3)
    })

    it('that throws is reported, and the message delivered with the id that it inherits', () => {
      const { log, send } = start({
        getEventId() {
          throw new Error('no')
        },
      })
      send('1')
      expect(log).toEqual(['error handler message undefined', 'arrivedWithoutId', 'handled ""'])
    })
  })

  describe('dedupe', () => {
    it('asks for messages with an own id only, and counts those that were delivered before', () => {
      const { asked, log, send, state } = start({}, [2])
      expect([send('1', { id: 'a' }), send('1'), send('1', { id: 'a' })]).toEqual([
        ...[true, true, false],
      ])
      expect(asked[0]).toBe(asked[1])
      expect(state).toMatchObject({ received: 2, duplicates: 1 })
      expect(log).toEqual(['handled "a"', 'handled "a"'])
    })

    it('tells ids, types and data apart', () => {
      const { asked, send } = start()
      send('1', { id: 'a' })
      send('1', { id: 'b' })
      send('2', { id: 'a' })
      send('1', { id: 'a', type: 'b' })
      expect(new Set(asked).size).toBe(4)
    })

    it('as a function gives the key, also without ids; undefined is never dropped', () => {
      const keys = ['k', undefined, null, 'k'] as (string | undefined)[]
      const { asked, send } = start({ dedupe: () => keys.shift() }, [2])
      expect(['1', '2', '3', '4'].map((data) => send(data))).toEqual([true, true, true, false])
      expect(asked).toHaveLength(2)
      expect(asked[0]).toBe(asked[1])
    })

    it('off asks for none', () => {
      const { asked, send } = start({ dedupe: false })
      send('1', { id: 'a' })
      expect(asked).toEqual([])
    })
  })

  describe('resume.gapEvent', () => {
    const resume = { gapEvent: 'reset' }

    it('is a gap before its handlers run, and is news each time', () => {
      const { asked, handlers, log, send } = start({ resume }, [1, 2])
      handlers.add('reset', () => log.push('handler'))
      for (let count = 0; count < 2; count++) send('', { type: 'reset', id: 'a' })
      expect(log).toEqual([
        ...['gap server', 'handler', 'handled "a"', 'gap server', 'handler', 'handled "a"'],
      ])
      expect(asked).toEqual([])
    })

    it('needs no id of its own', () => {
      const { dispatcher, log } = start({ resume })
      dispatcher.onArrival('reset', false)
      expect(log).toEqual([])
    })
  })

  describe('onArrival', () => {
    it('notes messages without an id of their own', () => {
      const { dispatcher, log } = start()
      dispatcher.onArrival('message', true)
      expect(log).toEqual([])
      dispatcher.onArrival('message', false)
      expect(log).toEqual(['arrivedWithoutId'])
    })

    it('leaves it to the decoded message where ids are in the data', () => {
      const { dispatcher, log, send } = start({ getEventId: () => undefined })
      dispatcher.onArrival('message', false)
      expect(log).toEqual([])
      send('1')
      send('', { type: 'heartbeat' })
      expect(log).toEqual(['arrivedWithoutId', 'handled ""', 'handled ""'])
    })
  })
})
