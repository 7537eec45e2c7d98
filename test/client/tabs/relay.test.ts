// @vitest-environment node
/** A transport whose chunks are told to others first. */
import { describe, expect, it } from 'vitest'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import { playEntry, relayTransport } from '../../../src/client/tabs/relay.ts'
import type { EventStreamMessage } from '../../../src/protocol/types.ts'
import { toCommentEntry } from '../../../src/client/tabs/tab-log.ts'
import type { TabEntry } from '../../../src/client/tabs/tab-log.ts'
import type { Transport, TransportAttempt } from '../../../src/client/transports/transport.ts'

/** Lets a transport tell something, and notes down what comes of it, in order. */
async function relay(
  connect: (attempt: TransportAttempt) => void | Promise<void>,
  isAborted = false,
  whenSure: () => Promise<boolean> | undefined = () => undefined,
): Promise<string[]> {
  const log: string[] = []
  const controller = new AbortController()
  const transport: Transport = {
    name: 'x',
    isContinuous: false,
    connect: async (attempt) => connect(attempt),
  }
  const tell = (entries: readonly TabEntry[]): void => {
    log.push(
      `tell ${entries.map(({ type, data, id, hasOwnId }) => [type, data, id, hasOwnId].join())}`,
    )
  }
  const relayed = relayTransport(transport, {
    ...{ tell, whenSure, isTold: (comment) => comment === 'live' },
  })
  let cursor = ''
  const attempt = {
    signal: controller.signal,
    get lastEventId() {
      return cursor
    },
    whenReady: () => undefined,
    waiting: () => 1000,
    receive(read: () => void) {
      log.push('receive')
      if (isAborted) controller.abort()
      read()
    },
    onLastEventId(id: string) {
      cursor = id
      log.push(`id ${id}`)
    },
    onMessage: ({ type, data, lastEventId }: EventStreamMessage, hasOwnId: boolean) =>
      log.push(`${type} ${data} ${lastEventId} ${hasOwnId}`),
    onComment: (comment: string) => log.push(`comment ${comment}`),
    onError: ({ code }: EventStreamError) => log.push(code),
  } as unknown as TransportAttempt
  expect([relayed.name, relayed.isContinuous]).toEqual(['x', false])
  await relayed.connect(attempt)
  return log
}

const send = (attempt: TransportAttempt, id: string, data = id): void => {
  attempt.onLastEventId(id)
  attempt.onMessage({ type: 'm', data, lastEventId: id }, true)
}

describe('relayTransport', () => {
  it('tells all that came together, then delivers it', async () => {
    const log = await relay((attempt) => {
      attempt.receive(() => {
        send(attempt, '1')
        attempt.onLastEventId('2')
        attempt.onLastEventId('3')
        attempt.onMessage({ type: 'm', data: 'x', lastEventId: '3' }, false)
      })
    })
    expect(log).toEqual([
      ...['receive', 'tell m,1,1,true,,,2,true,,,3,true,m,x,3,false'],
      ...['id 1', 'm 1 1 true', 'id 2', 'id 3', 'm x 3 false'],
    ])
  })

  it('tells nothing when nothing came but a sign of life', async () => {
    expect(await relay(({ receive }) => receive(() => {}))).toEqual(['receive'])
  })

  it('knows the cursor of what it has not delivered yet', async () => {
    const seen: string[] = []
    await relay((attempt) => {
      attempt.receive(() => {
        send(attempt, '1')
        seen.push(attempt.lastEventId)
      })
      seen.push(attempt.lastEventId)
    })
    expect(seen).toEqual(['1', '1'])
  })

  it('tells at once what comes by itself', async () => {
    expect(
      await relay((attempt) => attempt.onMessage({ type: 'm', data: '1', lastEventId: '' }, false)),
    ).toEqual([...['tell m,1,,false', 'm 1  false']])
  })

  it('tells an id at once that comes by itself', async () => {
    expect(await relay((attempt) => attempt.onLastEventId('1'))).toEqual(['tell ,,1,true', 'id 1'])
  })

  it('keeps errors in their place', async () => {
    const log = await relay((attempt) => {
      attempt.receive(() => {
        send(attempt, '1')
        attempt.onError(new EventStreamError('decode', ''))
        send(attempt, '2')
      })
    })
    expect(log).toEqual([
      ...['receive', 'tell m,1,1,true', 'id 1', 'm 1 1 true', 'decode'],
      ...['tell m,2,2,true', 'id 2', 'm 2 2 true'],
    ])
  })

  it('delivers what came before an error that is thrown', async () => {
    const log = await relay((attempt) => {
      const read = (): void =>
        attempt.receive(() => {
          send(attempt, '1')
          throw new Error('x')
        })
      expect(read).toThrow('x')
    })
    expect(log.at(-1)).toBe('m 1 1 true')
  })

  it('tells nothing of an attempt that is left', async () => {
    expect(await relay((attempt) => attempt.receive(() => send(attempt, '1')), true)).toEqual([
      'receive',
    ])
  })
})

describe('relayTransport, while nobody knows whether this tab still leads', () => {
  /** What is to come of it, in order; asked once. */
  function doubt() {
    const asked: string[] = []
    let answer!: (leads: boolean) => void
    const answered = new Promise<boolean>((resolve) => (answer = resolve))
    return {
      asked,
      answer,
      whenSure: () => (asked.push('asked'), asked.length > 1 ? undefined : answered),
    }
  }

  it('keeps what comes, and its errors and its end, until it is known', async () => {
    const { asked, answer, whenSure } = doubt()
    const log = await relay(
      (attempt) => {
        attempt.receive(() => send(attempt, '1'))
        attempt.receive(() => send(attempt, '2'))
        attempt.onError(new EventStreamError('decode', ''))
        expect([asked, attempt.lastEventId]).toEqual([['asked'], '2'])
        setTimeout(() => answer(true))
      },
      false,
      whenSure,
    )
    expect(log).toEqual([
      ...['receive', 'receive', 'receive', 'tell m,1,1,true,m,2,2,true'],
      ...['id 1', 'm 1 1 true', 'id 2', 'm 2 2 true', 'decode'],
    ])
  })

  it('reads no further meanwhile', async () => {
    const { answer, whenSure } = doubt()
    const log = await relay(
      async (attempt) => {
        expect(attempt.whenReady()).toBeUndefined()
        attempt.receive(() => send(attempt, '1'))
        const isReady = attempt.whenReady()
        expect(isReady).toBeInstanceOf(Promise)
        answer(true)
        await isReady
        expect(attempt.whenReady()).toBeUndefined()
        attempt.receive(() => send(attempt, '2'))
      },
      false,
      whenSure,
    )
    expect(log.filter((line) => line.startsWith('tell'))).toEqual([
      ...['tell m,1,1,true', 'tell m,2,2,true'],
    ])
  })

  it('counts what it keeps as what waits, as if it had been told', async () => {
    const { answer, whenSure } = doubt()
    await relay(
      async (attempt) => {
        attempt.receive(() => send(attempt, '1', 'x'.repeat(100)))
        attempt.receive(() => attempt.onLastEventId('2'))
        expect(attempt.waiting()).toBe(1000 + 256 + 100)
        attempt.receive(() => send(attempt, '3', 'x'.repeat(10)))
        expect(attempt.waiting()).toBe(1000 + 256 + 100 + 256 + 10)
        const isReady = attempt.whenReady()
        answer(true)
        await isReady
        expect(attempt.waiting()).toBe(1000)
      },
      false,
      whenSure,
    )
  })

  it('drops it when another tab leads', async () => {
    const { answer, whenSure } = doubt()
    const log = await relay(
      (attempt) => {
        attempt.receive(() => send(attempt, '1'))
        answer(false)
      },
      false,
      whenSure,
    )
    expect(log).toEqual(['receive'])
  })
})

describe('a comment', () => {
  it('is told when it says something to others, between what it came between', async () => {
    const log = await relay((attempt) =>
      attempt.receive(() => {
        send(attempt, '1')
        attempt.onComment('ping')
        attempt.onComment('live')
        send(attempt, '2')
      }),
    )
    expect(log).toEqual([
      ...['receive', 'comment ping', 'tell m,1,1,true,,live,:,false,m,2,2,true'],
      ...['id 1', 'm 1 1 true', 'comment live', 'id 2', 'm 2 2 true'],
    ])
  })
})

describe('playEntry', () => {
  it('says an id of its own before the message', () => {
    const log: unknown[] = []
    const target = {
      onLastEventId: (id: string) => log.push(id),
      onMessage: (...args: unknown[]) => log.push(args),
      onComment: (comment?: string) => log.push(`comment ${comment}`),
    }
    playEntry(target, { type: 'm', data: '1', id: 'a', hasOwnId: true })
    playEntry(target, { type: 'm', data: '2', id: 'a', hasOwnId: false })
    playEntry(target, { type: null, data: '', id: 'b', hasOwnId: true })
    playEntry(target, toCommentEntry('live'))
    expect(log).toEqual([
      'a',
      [{ type: 'm', data: '1', lastEventId: 'a' }, true],
      [{ type: 'm', data: '2', lastEventId: 'a' }, false],
      'b',
      'comment live',
    ])
  })
})
