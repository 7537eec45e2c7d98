/** What a tab knows and has, whether it leads or follows. */
import type { Before } from '../connection/attempt.ts'
import type { ConnectionListener, ConnectionState } from '../connection/connection-types.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { Environment } from '../environment.ts'
import type { EventStreamReason, EventStreamStatus } from '../types.ts'
import type { TabLog } from './tab-log.ts'
import type { TabMessage } from './tab-messages.ts'

export interface Tab {
  readonly id: string
  readonly log: TabLog
  /** The highest that this tab has heard of. */
  term: number
  /** What the stream was so far, for the connection that this tab may have to make. */
  readonly before: Before
  /** When the page left a stream that was open, or should have been. */
  leftAt: number | undefined
  /** Without the pause, which lies over it. */
  status: EventStreamStatus
  reason: EventStreamReason

  readonly environment: Environment
  readonly state: ConnectionState
  readonly gate: DeliveryGate
  readonly listener: ConnectionListener
  readonly onActivity: (() => void) | undefined
  readonly onClose: ((reason: EventStreamReason) => unknown) | undefined
  post(message: TabMessage): void
  /** Shows what the stream is, while this tab does not lead. */
  show(status: EventStreamStatus, reason: EventStreamReason): void
}
