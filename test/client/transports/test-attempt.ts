/** An attempt in the hands of a test: the transport asks over a fake network, and what it tells is noted down. */
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { createExchange } from '../../../src/client/transports/exchange.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type {
  Aside,
  Asking,
  Transport,
  TransportAttempt,
} from '../../../src/client/transports/transport.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'

export const STREAM_URL = 'https://page.test/events'

export interface TestAttempt extends FakeEnvironment {
  readonly attempt: TransportAttempt
  readonly controller: AbortController
  /** The cursor, which moves with what the transport tells. */
  lastEventId: string
  /** `pending`, `ended`, or what the transport rejected with. */
  readonly outcome: unknown
  /** What was told, and forgets it. */
  heard(): unknown[][]
  /** What was told of one kind, without its name. */
  heardOf(kind: string): unknown[]
  /** Notes something down as if it had been told. */
  note(kind: string, ...details: unknown[]): void
  /** Nothing is wanted for now. */
  hold(): void
  /** How much waits. */
  waiting: number
  release(): Promise<void>
  /** Somebody wants this type, from now on. */
  want(type: string): void
  connect(transport: Transport): Promise<void>
}

export function createTestAttempt(options: ConnectionOptions = {}): TestAttempt {
  const fake = createFakeEnvironment()
  const { environment } = fake
  const controller = new AbortController()
  const { signal } = controller
  const exchange = createExchange(STREAM_URL, options, environment)
  const heard: unknown[][] = []
  const wanted: string[] = []
  let tellType: ((type: string) => void) | undefined
  let ready: Promise<void> | undefined
  let setReady: (() => void) | undefined

  const note =
    (kind: string) =>
    (...details: unknown[]): void =>
      void heard.push([kind, ...details])
  const asker = { onRequest: note('request'), onHead: note('head') }
  const context = (): Parameters<typeof exchange.ask>[0] => {
    return { lastEventId: test.lastEventId, attempt: 0, wasOpen: false, signal }
  }

  const attempt: TransportAttempt = {
    ...{ signal, environment, options, delay: exchange.delay },
    get lastEventId() {
      return test.lastEventId
    },
    createRequest: (via) => exchange.create(context(), asker, {}, via),
    async ask(asking: Asking, aside?: Aside): Promise<any> {
      const answer = await exchange.ask({ ...context(), ...aside }, asker, asking)
      if (aside) return answer
      if (!answer) controller.abort()
      signal.throwIfAborted()
      note('open')(answer!.response.status)
      return answer!.response
    },
    whenReady: () => ready,
    waiting: () => test.waiting,
    onWantedType(callback) {
      tellType = callback
      wanted.forEach(callback)
    },
    receive(read) {
      heard.push(['receive'])
      read()
    },
    onLastEventId(id) {
      test.lastEventId = id
      note('id')(id)
    },
    ...{ onOpen: note('open'), onMessage: note('message'), onComment: note('comment') },
    ...{ onRetry: note('retry'), onError: note('error'), onOverflow: note('overflow') },
  }

  const test = Object.assign(fake, {
    ...{ attempt, controller, lastEventId: '', waiting: 0, outcome: 'pending' as unknown },
    heard: () => heard.splice(0),
    heardOf: (kind: string) =>
      heard.filter(([name]) => name === kind).map(([, ...details]) => details[0]),
    note: (kind: string, ...details: unknown[]) => void heard.push([kind, ...details]),
    hold() {
      ready ??= new Promise((resolve) => (setReady = resolve))
    },
    release() {
      setReady?.()
      ready = undefined
      return settle()
    },
    want(type: string) {
      wanted.push(type)
      tellType?.(type)
    },
    connect(transport: Transport) {
      transport.connect(attempt).then(
        () => (test.outcome = 'ended'),
        (error: unknown) => (test.outcome = error),
      )
      return settle()
    },
  })
  return test
}
