// @vitest-environment node
/** What a transport tells, in order and through the gate, and nothing after the end of the attempt. */
import { describe, expect, it } from 'vitest'
import { bytes } from '../../support/event-stream-bytes.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { createMessageIntake } from '../../../src/client/connection/message-intake.ts'
import { createEventStreamParser } from '../../../src/protocol/parse-event-stream.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { DeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import type { MessageIntake } from '../../../src/client/connection/message-intake.ts'

interface TestIntake {
  intake: MessageIntake
  /** Each text is received as one chunk of an event stream. */
  read(...texts: string[]): void
  /** What was heard of it, and forgets it: `message 1 own`, `id 5`, `cursor`, `news`. */
  heard(): string[]
  /** Each chunk that came, and was dealt with. */
  chunks: string[]
  /** Messages that came, delivered or not. */
  arrived: string[]
  /** Ids that came, delivered or not. */
  received: string[]
  gate: DeliveryGate
  controller: AbortController
  /** Whether this is news: not delivered before. */
  onMessage(data: string): boolean | void
}

function create({ lastEventId = '' } = {}): TestIntake {
  const heard: string[] = []
  const chunks: string[] = []
  const arrived: string[] = []
  const received: string[] = []
  const gate = createDeliveryGate(createFakeEnvironment().environment, () => {})
  const controller = new AbortController()
  const unused = (): never => expect.unreachable('this is not for the intake')
  const intake = createMessageIntake(
    controller.signal,
    gate,
    {
      heartbeat: () => heard.push('heartbeat'),
      ...{ start: unused, pause: unused, stop: unused, lost: unused },
      ...{ activity: unused, doubt: unused },
    },
    {
      onActivity() {
        gate.begin()
        chunks.push('came')
      },
      onRead: () => chunks.push('read'),
      onArrival: (type, hasOwnId) => arrived.push(hasOwnId ? `${type} own` : type),
      onMessage({ type, data, lastEventId: id }, hasOwnId) {
        heard.push(`${type} ${data} ${hasOwnId ? 'own' : 'inherits'} "${id}"`)
        return test.onMessage(data) ?? true
      },
      onReceivedId: (id) => received.push(id),
      onLastEventId: (id) => heard.push(`id "${id}"`),
      onCursor: () => heard.push('cursor'),
      onNews: () => heard.push('news'),
      onRetry: (delay) => heard.push(`retry ${delay}`),
      onError: ({ code }) => heard.push(`error ${code}`),
    },
  )
  const parser = createEventStreamParser(intake, { lastEventId })
  const test: TestIntake = {
    intake,
    read(...texts) {
      for (const text of texts) intake.receive(() => parser.feed(bytes(text)))
    },
    heard: () => heard.splice(0),
    ...{ chunks, arrived, received, gate, controller },
    onMessage: () => true,
  }
  return test
}

describe('createMessageIntake', () => {
  it('tells of messages, and of ids before them', () => {
    const { read, heard } = create()
    read('data: 1\n\nid: 5\nevent: a\ndata: 2\n\ndata: 3\n\n')
    expect(heard()).toEqual([
      ...['message 1 inherits ""', 'news'],
      ...['id "5"', 'a 2 own "5"', 'news'],
      ...['message 3 inherits "5"', 'news'],
    ])
  })

  it('tells of a message as soon as its last byte is there', () => {
    const { read, heard } = create()
    read('id: 5\nda', 'ta: 1\n')
    expect(heard()).toEqual([])
    read('\n')
    expect(heard()).toEqual(['id "5"', 'message 1 own "5"', 'news'])
  })

  it('lets messages inherit the id that was sent', () => {
    const { read, heard } = create({ lastEventId: '41' })
    read('data: 1\n\n')
    expect(heard()).toEqual(['message 1 inherits "41"', 'news'])
  })

  it('takes an empty id for none: it takes the position away', () => {
    const { read, heard, arrived } = create({ lastEventId: '5' })
    read('id:\ndata: 1\n\n')
    expect(heard()).toEqual(['id ""', 'message 1 inherits ""', 'news'])
    expect(arrived).toEqual(['message'])
  })

  it('takes a message that was delivered before for no news', () => {
    const test = create()
    test.onMessage = (data) => data !== '1'
    test.read('data: 1\n\ndata: 2\n\n')
    expect(test.heard()).toEqual(['message 1 inherits ""', 'message 2 inherits ""', 'news'])
  })

  it("passes the server's reconnection time on", () => {
    const { read, heard } = create()
    read('retry: 700\n')
    expect(heard()).toEqual(['retry 700'])
  })

  describe('a cursor without a message', () => {
    it('is told of at the end of the chunk', () => {
      const { read, heard } = create()
      read('id: 5\n\n')
      expect(heard()).toEqual(['id "5"', 'cursor', 'news'])
    })

    it('is told of once for many, the last one', () => {
      const { read, heard } = create()
      read('id: 5\n\nid: 6\n\nid:\n\n')
      expect(heard()).toEqual(['id "5"', 'id "6"', 'id ""', 'cursor', 'news'])
    })

    it('is told of after the messages before it', () => {
      const { read, heard } = create()
      read('id: 5\ndata: 1\n\nid: 6\n\n')
      expect(heard()).toEqual([
        ...['id "5"', 'message 1 own "5"', 'news'],
        ...['id "6"', 'cursor', 'news'],
      ])
    })

    it('goes with the message that comes after it in the chunk', () => {
      const { read, heard } = create()
      read('id: 5\n\ndata: 1\n\n')
      expect(heard()).toEqual(['id "5"', 'message 1 inherits "5"', 'news'])
    })

    it('is told of once', () => {
      const { read, heard } = create()
      read('id: 5\n\n')
      heard()
      read(': a\n')
      expect(heard()).toEqual(['heartbeat'])
    })

    it('is not told of when its message ended the attempt', () => {
      const test = create()
      test.onMessage = () => test.controller.abort()
      test.read('id: 5\ndata: 1\n\nid: 6\n\n')
      expect(test.heard()).toEqual(['id "5"', 'message 1 own "5"', 'news'])
    })
  })

  describe('heartbeats', () => {
    it.each([': a\n', ':\n', 'event: heartbeat\ndata:\n\n', 'event: ping\ndata: 1\n\n'])(
      'are seen: %j',
      (text) => {
        const { read, heard } = create()
        read(text)
        expect(heard()[0]).toBe('heartbeat')
      },
    )

    it.each(['data: 1\n\n', 'event: beat\ndata:\n\n', 'event: Ping\ndata:\n\n', 'event: ping\n\n'])(
      'are not seen in %j',
      (text) => {
        const { read, heard } = create()
        read(text)
        expect(heard()).not.toContain('heartbeat')
      },
    )

    it('are delivered when they are messages', () => {
      const { read, heard } = create()
      read('event: ping\ndata: 1\n\n')
      expect(heard()).toEqual(['heartbeat', 'ping 1 inherits ""', 'news'])
    })
  })

  it('tells of every message but heartbeats as soon as it comes, held or not', () => {
    const { read, arrived, gate } = create()
    gate.hold('user')
    read('data: 1\n\nid: 5\nevent: a\ndata: 2\n\nid: 6\n\n: a\nevent: ping\ndata: 3\n\n')
    expect(arrived).toEqual(['message', 'a own'])
  })

  it('tells of every id as soon as it comes, held or not', () => {
    const { read, received, gate } = create()
    gate.hold('user')
    read('id: 5\ndata: 1\n\nid: 6\n\ndata: 2\n\nid:\n\n')
    expect(received).toEqual(['5', '6', ''])
  })

  describe('the gate', () => {
    it('keeps all but heartbeats and retry times back, in order', () => {
      const { read, heard, gate } = create()
      gate.hold('user')
      read(': a\nretry: 7\nid: 5\ndata: 1\n\nid: 6\n\n')
      expect(heard()).toEqual(['heartbeat', 'retry 7'])
      gate.release('user')
      expect(heard()).toEqual([
        ...['id "5"', 'message 1 own "5"', 'news'],
        ...['id "6"', 'cursor', 'news'],
      ])
    })

    it('keeps the cursor of a later message back when one holds it', () => {
      const test = create()
      test.onMessage = (data) => void (data === '1' && test.gate.hold('user'))
      test.read('id: 5\ndata: 1\n\nid: 6\ndata: 2\n\n')
      expect(test.heard()).toEqual(['id "5"', 'message 1 own "5"', 'news'])
      test.gate.release('user')
      expect(test.heard()).toEqual(['id "6"', 'message 2 own "6"', 'news'])
    })
  })

  describe('what waits', () => {
    it('counts until its turn has come: its data, and 256 characters for each message', () => {
      const { read, intake, gate } = create()
      gate.hold('user')
      read('data: 12345\n\nid: 5\ndata\n\nevent: ping\ndata: 123\n\n')
      expect(intake.waiting()).toBe(5 + 256 + 256 + 3 + 256)
      gate.release('user')
      expect(intake.waiting()).toBe(0)
    })

    it('is what has not passed, when a message holds those after it', () => {
      const test = create()
      test.onMessage = (data) => void (data === '12' && test.gate.hold('user'))
      test.read('data: 1\n\ndata: 12\n\ndata: 123\n\ndata: 1234\n\n')
      expect(test.intake.waiting()).toBe(3 + 256 + 4 + 256)
    })

    it('is nothing but messages', () => {
      const { read, intake, gate } = create()
      gate.hold('user')
      read('id: 5\n\n: a\nretry: 7\n')
      expect(intake.waiting()).toBe(0)
    })

    it('is not the message in hand, also when its handling fails', () => {
      const test = create()
      test.onMessage = () => {
        expect(test.intake.waiting()).toBe(0)
        throw new Error('expected')
      }
      expect(() => test.read('data: 1\n\n')).toThrow('expected')
      expect(test.intake.waiting()).toBe(0)
    })
  })

  describe('an error that the stream survives', () => {
    it('is told of in its turn', () => {
      const { intake, heard, gate } = create()
      gate.hold('user')
      intake.onMessage({ type: 'message', data: '1', lastEventId: '' }, false)
      intake.onError(new EventStreamError('decode', 'x'))
      expect(heard()).toEqual([])
      gate.release('user')
      expect(heard()).toEqual(['message 1 inherits ""', 'news', 'error decode'])
    })

    it('is none when the attempt is over before its turn comes', () => {
      const { intake, heard, gate, controller } = create()
      gate.hold('user')
      intake.onError(new EventStreamError('decode', 'x'))
      controller.abort()
      gate.release('user')
      expect(heard()).toEqual([])
    })
  })

  describe('what has come', () => {
    it('is told of once for each time, before it is read and when it is', () => {
      const test = create()
      test.onMessage = (data) => void test.chunks.push(data)
      test.read('data: 1\n\ndata: 2\n\n', ': a\n')
      expect(test.chunks).toEqual(['came', '1', '2', 'read', 'came', 'read'])
    })

    it('is read also while the gate keeps it back', () => {
      const test = create()
      test.gate.hold('user')
      test.read('data: 1\n\n')
      expect(test.chunks).toEqual(['came', 'read'])
    })

    it('is not told of as read when it ended the attempt', () => {
      const test = create()
      test.onMessage = () => test.controller.abort()
      test.read('data: 1\n\n')
      expect(test.chunks).toEqual(['came'])
    })
  })

  describe('an attempt that is over', () => {
    it('is not asked for anything', () => {
      const { intake, controller, chunks } = create()
      controller.abort()
      intake.receive(() => expect.unreachable('nothing is read'))
      expect(chunks).toEqual([])
    })

    it('tells nothing, whatever its transport tells', () => {
      const { intake, controller, heard, arrived, received } = create()
      controller.abort()
      intake.onMessage({ type: 'ping', data: '1', lastEventId: '5' }, true)
      intake.onMessage({ type: 'message', data: '1', lastEventId: '5' }, true)
      intake.onLastEventId('5')
      intake.onComment()
      intake.onRetry(7)
      intake.onError(new EventStreamError('decode', 'x'))
      expect([heard(), arrived, received]).toEqual([[], [], []])
    })

    it('delivers what it told of before: the connection was left, not the stream', () => {
      const { read, gate, controller, heard } = create()
      gate.hold('user')
      read('id: 5\ndata: 1\n\nid: 6\n\n')
      controller.abort()
      gate.release('user')
      expect(heard()).toEqual(['id "5"', 'message 1 own "5"', 'news', 'id "6"', 'cursor', 'news'])
    })
  })

  it('drops the rest of what is being read when the attempt ends', () => {
    const test = create()
    test.onMessage = () => test.controller.abort()
    test.read('data: 1\n\nid: 5\ndata: 2\n\nretry: 7\n: a\n')
    expect(test.heard()).toEqual(['message 1 inherits ""', 'news'])
  })
})
