/** Checks payloads with the schemas of their types. What an asynchronous one takes long for holds what comes after it. */
import type { EventStreamErrorDetails } from '../../protocol/errors.ts'
import type { StandardSchemaResult, StandardSchemaV1 } from '../../protocol/standard-schema.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { DeliveryGate } from './delivery-gate.ts'
import type { Finish, StagedMessage } from './message-stages.ts'

export interface MessageValidation {
  /** Checks a decoded message: gives a promise if that takes time. Then it is to come again. */
  check(message: StagedMessage, raw: EventStreamMessage): Finish | Promise<unknown>
  /** The same for one that is being checked; undefined for all others. */
  goOn(message: StagedMessage, raw: EventStreamMessage): Finish | Promise<unknown> | undefined
  /** The stream is open: what does not wait any more does not come again. */
  opened(): void
}

/** What a schema says: the payload, or what is wrong. */
type Outcome = { readonly value: unknown } | { readonly wrong: EventStreamErrorDetails }

/** The message that is being checked; the gate is held while it is. */
interface Pending {
  readonly raw: EventStreamMessage
  readonly replayed: boolean
  /** With it. */
  readonly cursor: string
  readonly done: Promise<unknown>
  outcome?: Outcome
}

/** @param onInvalid It goes no further. */
export function createMessageValidation(
  schemas: Readonly<Record<string, StandardSchemaV1 | undefined>>,
  state: { lastEventId: string },
  gate: DeliveryGate,
  onInvalid: (message: StagedMessage, raw: string, details: EventStreamErrorDetails) => void,
): MessageValidation {
  let pending: Pending | undefined
  /** Up to it everything is delivered: who leaves while a message is checked goes on here. */
  let cursor = state.lastEventId

  /** Event types come from the wire: only own keys count. */
  const schemaOf = (type: string): StandardSchemaV1 | undefined =>
    Object.hasOwn(schemas, type) ? schemas[type] : undefined

  function waitFor({ done }: Pending): Promise<unknown> {
    state.lastEventId = cursor
    return done
  }

  function finishWith(
    message: StagedMessage,
    { data: raw }: EventStreamMessage,
    outcome: Outcome,
  ): Finish {
    return () => {
      cursor = state.lastEventId
      if ('value' in outcome) {
        message.data = outcome.value
        return false
      }
      onInvalid(message, raw, outcome.wrong)
      return true
    }
  }

  return {
    check(message, raw) {
      const schema = schemaOf(message.type)
      const outcome = schema ? validate(schema, message.data) : { value: message.data }
      if (!(outcome instanceof Promise)) return finishWith(message, raw, outcome)
      const { replayed } = message
      const done = outcome.then((found) => void (current.outcome = found))
      const current: Pending = { raw, replayed, cursor: state.lastEventId, done }
      pending = current
      return waitFor(current)
    },
    goOn(message, raw) {
      // One that reads the same is as good.
      if (raw.type !== pending?.raw.type || raw.data !== pending.raw.data) {
        pending = undefined
        return undefined
      }
      if (!pending.outcome) return waitFor(pending)
      message.replayed = pending.replayed
      message.lastEventId = state.lastEventId = pending.cursor
      const { outcome } = pending
      pending = undefined
      return finishWith(message, raw, outcome)
    },
    opened() {
      if (gate.isEmpty()) pending = undefined
      if (!pending) cursor = state.lastEventId
    },
  }
}

/** A schema is code of the app: it may throw, and give anything. */
function validate(schema: StandardSchemaV1, data: unknown): Outcome | Promise<Outcome> {
  try {
    const result = schema['~standard'].validate(data)
    return 'then' in result ? Promise.resolve(result).then(read).catch(fail) : read(result)
  } catch (cause) {
    return fail(cause)
  }
}

function read(result: StandardSchemaResult<unknown>): Outcome {
  return result.issues ? { wrong: { issues: result.issues } } : { value: result.value }
}

function fail(cause: unknown): Outcome {
  return { wrong: { cause } }
}
