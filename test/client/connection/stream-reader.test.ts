// @vitest-environment node
/** From bytes to messages and the cursor: in order, through the gate, and nothing after the end of the attempt. */
import { describe, expect, it } from 'vitest'
import { bytes } from '../../support/event-stream-bytes.ts'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { createStreamReader, isHeartbeat } from '../../../src/client/connection/stream-reader.ts'
import type { DeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'

interface TestReader {
  read(...texts: string[]): void
  /** What was heard, and forgets it: `message 1 own`, `id 5`, `cursor`, `news`. */
  heard(): string[]
  /** Messages that came, delivered or not. */
  arrived: string[]
  gate: DeliveryGate
  controller: AbortController
  /** Types of messages that are none to the listener: they were delivered before. */
  onMessage(data: string): boolean | void
}

function create({ lastEventId = '', maxMessageSize = undefined as number | undefined } = {}) {
  const heard: string[] = []
  const arrived: string[] = []
  const gate = createDeliveryGate()
  const controller = new AbortController()
  const unused = (): never => expect.unreachable('this is not for the reader')
  const test: TestReader = {
    read: (...texts) => texts.forEach((text) => read(bytes(text))),
    heard: () => heard.splice(0),
    arrived,
    gate,
    controller,
    onMessage: () => true,
  }
  const read = createStreamReader(
    lastEventId,
    controller.signal,
    maxMessageSize,
    gate,
    {
      heartbeat: () => heard.push('heartbeat'),
      ...{ start: unused, pause: unused, stop: unused, lost: unused },
      ...{ activity: unused, doubt: unused },
    },
    {
      onArrival: (type, hasOwnId) => arrived.push(hasOwnId ? `${type} own` : type),
      onMessage({ type, data, lastEventId: id }, hasOwnId) {
        heard.push(`${type} ${data} ${hasOwnId ? 'own' : 'inherits'} "${id}"`)
        return test.onMessage(data) ?? true
      },
      onLastEventId: (id) => heard.push(`id "${id}"`),
      onCursor: () => heard.push('cursor'),
      onNews: () => heard.push('news'),
      onRetry: (delay) => heard.push(`retry ${delay}`),
      onError: ({ code }) => heard.push(`error ${code}`),
    },
  )
  return test
}

describe('createStreamReader', () => {
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

  describe('the gate', () => {
    it('keeps all but heartbeats and retry times back, in order', () => {
      const { read, heard, gate } = create({ maxMessageSize: 10 })
      gate.hold('user')
      read(': a\nretry: 7\nid: 5\ndata: 1\n\nid: 6\n\n', `data: ${'x'.repeat(20)}\n\n`)
      expect(heard()).toEqual(['heartbeat', 'retry 7'])
      gate.release('user')
      expect(heard()).toEqual([
        ...['id "5"', 'message 1 own "5"', 'news'],
        ...['id "6"', 'cursor', 'news'],
        'error message-too-large',
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

  describe('a message over maxMessageSize', () => {
    it('is an error after what came before it, and nothing comes after it', () => {
      const { read, heard } = create({ maxMessageSize: 10 })
      read(`data: 1\n\ndata: ${'x'.repeat(11)}\n\ndata: 2\n\n`, 'data: 3\n\n')
      expect(heard()).toEqual(['message 1 inherits ""', 'news', 'error message-too-large'])
    })

    it('is none when the attempt is over before its turn comes', () => {
      const test = create({ maxMessageSize: 10 })
      test.gate.hold('user')
      test.read(`data: ${'x'.repeat(11)}\n\n`)
      test.controller.abort()
      test.gate.release('user')
      expect(test.heard()).toEqual([])
    })
  })

  it('drops the rest of what is being read when the attempt ends', () => {
    const test = create()
    test.onMessage = () => test.controller.abort()
    test.read('data: 1\n\nid: 5\ndata: 2\n\nretry: 7\n: a\n')
    expect(test.heard()).toEqual(['message 1 inherits ""', 'news'])
  })
})

describe('isHeartbeat', () => {
  it.each([
    ['heartbeat', true],
    ['ping', true],
    ['message', false],
    ['PING', false],
    ['', false],
  ])('says of %j: %s', (type, expected) => {
    expect(isHeartbeat(type)).toBe(expected)
  })
})
