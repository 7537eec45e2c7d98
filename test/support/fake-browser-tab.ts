/** What a tab knows, with a listener that notes down what it hears: for tests of the parts of a tab connection. */
import { INITIAL_STATE } from '../../src/client/stream-client.ts'
import { createDeliveryGate } from '../../src/client/delivery/delivery-gate.ts'
import { createTabLog } from '../../src/client/tabs/tab-log.ts'
import { createFakeEnvironment } from './fake-environment.ts'
import type { ConnectionListener } from '../../src/client/connection/connection-types.ts'
import type { HoldReason } from '../../src/client/delivery/delivery-gate.ts'
import type { TabMessage } from '../../src/client/tabs/tab-messages.ts'
import type { SharedState } from '../../src/client/tabs/shared-state.ts'
import type { Tab } from '../../src/client/tabs/tab.ts'
import type { FakeEnvironment } from './fake-environment.ts'

export const SHARED: SharedState = {
  status: 'open',
  reason: null,
  attempt: 0,
  retryAt: null,
  disconnectedSince: null,
  error: null,
  errors: 0,
  opens: 1,
  openedAttempt: 0,
  openedStatus: 200,
  openedGap: null,
  asked: 0,
  askedGap: null,
}

export interface TabInHand {
  readonly fake: FakeEnvironment
  readonly tab: Tab
  readonly log: string[]
  readonly said: TabMessage[]
  takeLog(): string[]
}

export function createTabInHand(onHold: (reason: HoldReason) => void = () => {}): TabInHand {
  const fake = createFakeEnvironment()
  const log: string[] = []
  const said: TabMessage[] = []
  const state = { ...INITIAL_STATE }
  const listener: ConnectionListener = {
    ...{ load: async () => {}, whenKnown: async () => {} },
    onRequest() {},
    onArrival() {},
    onMessage({ data, lastEventId }) {
      log.push(`message ${data} ${lastEventId}`)
      return true
    },
    onWantedType() {},
    onCursor: () => void log.push(`cursor ${tab.state.lastEventId}`),
    onOpen({ first, attempt, status }, gap) {
      log.push(`onOpen ${first} ${attempt} ${status} ${gap}`)
    },
    onAskedAgain: (gap) => void log.push(`asked again ${gap}`),
    onError: ({ code }) => void log.push(`error ${code}`),
    onGap: (reason) => void log.push(`gap ${reason}`),
    onStatus: () => void log.push(`${tab.state.status} ${tab.state.reason}`),
    onLeave() {},
    call: (fn, ...args) => fn?.(...args),
  }
  const tab: Tab = {
    ...{ id: 'me', log: createTabLog(), term: 0, before: { wasOpen: false }, leftAt: undefined },
    ...{ status: 'connecting', reason: null, environment: fake.environment, state, listener },
    gate: createDeliveryGate(fake.environment, onHold),
    onActivity: undefined,
    onClose: (reason) => log.push(`onClose ${reason}`),
    post: (message) => said.push(message),
    show(status, reason) {
      Object.assign(tab, { status, reason })
      Object.assign(state, { status, reason })
      listener.onStatus()
    },
  }
  return { fake, tab, log, said, takeLog: () => log.splice(0) }
}
