/** A transport that has every chunk told to the other tabs, before it is delivered here. */
import { waitingChars } from '../connection/message-intake.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { Transport, TransportAttempt } from '../transports/transport.ts'
import { isCommentEntry, toCommentEntry } from './tab-log.ts'
import type { TabEntry } from './tab-log.ts'

/** Takes in what has come, as a transport tells it. */
export type EntryTarget = Pick<TransportAttempt, 'onLastEventId' | 'onMessage' | 'onComment'>

/** Tells what an entry says. */
export function playEntry(target: EntryTarget, entry: TabEntry): void {
  const { type, data, id, hasOwnId } = entry
  if (isCommentEntry(entry)) target.onComment(data)
  if (hasOwnId) target.onLastEventId(id)
  if (type !== null) target.onMessage({ type, data, lastEventId: id }, hasOwnId)
}

export interface RelayListener {
  /** Gets what has come together; all of it is delivered here after that. */
  tell(entries: readonly TabEntry[]): void
  /** Undefined when this tab leads; else resolves with whether it still does: what has come waits for that. */
  whenSure(): Promise<boolean> | undefined
  /** Whether this comment says something to other tabs, too. */
  isTold(comment: string): boolean
}

export function relayTransport(transport: Transport, listener: RelayListener): Transport {
  return {
    name: transport.name,
    isContinuous: transport.isContinuous,
    async connect(attempt) {
      const relay = relayAttempt(attempt, listener)
      try {
        await transport.connect(relay.attempt)
      } finally {
        // Its end comes after all that came before.
        await relay.whenSure()
      }
    },
  }
}

function relayAttempt(attempt: TransportAttempt, { tell, whenSure, isTold }: RelayListener) {
  const { signal } = attempt
  let entries: TabEntry[] = []
  /** What the messages among them cost. */
  let kept = 0
  /** The cursor of what is collected, which is not delivered yet. */
  let ahead: string | undefined
  /** The last id has come, and its message may follow. */
  let isLoose = false
  let isReading = false
  /** There while it is not known whether this tab still leads. */
  let unsure: Promise<void> | undefined

  function keepLoose(): void {
    if (isLoose) entries.push({ type: null, data: '', id: ahead!, hasOwnId: true })
    isLoose = false
  }

  async function goOn(isSure: Promise<boolean>): Promise<void> {
    const leads = await isSure
    unsure = undefined
    if (leads) attempt.receive(flush)
  }

  async function tellLater(error: EventStreamError): Promise<void> {
    await unsure
    attempt.onError(error)
  }

  function flush(): void {
    if (unsure) return
    keepLoose()
    const told = entries
    entries = []
    kept = 0
    ahead = undefined
    if (signal.aborted || told.length === 0) return
    tell(told)
    for (const entry of told) playEntry(attempt, entry)
  }

  const own: TransportAttempt = {
    ...attempt,
    whenReady: () => unsure?.then(attempt.whenReady) ?? attempt.whenReady(),
    waiting: () => attempt.waiting() + kept,
    get lastEventId() {
      return ahead ?? attempt.lastEventId
    },
    receive(read) {
      const isSure = unsure ? undefined : whenSure()
      if (isSure) unsure = goOn(isSure)
      attempt.receive(() => {
        isReading = true
        try {
          read()
        } finally {
          isReading = false
          flush()
        }
      })
    },
    onLastEventId(id) {
      keepLoose()
      ahead = id
      isLoose = true
      if (!isReading) flush()
    },
    onComment(comment = '') {
      if (!isTold(comment)) return attempt.onComment(comment)
      keepLoose()
      entries.push(toCommentEntry(comment))
      if (!isReading) flush()
    },
    onMessage({ type, data, lastEventId: id }, hasOwnId) {
      if (hasOwnId && ahead === id) isLoose = false
      keepLoose()
      entries.push({ type, data, id, hasOwnId })
      kept += waitingChars(data)
      if (!isReading) flush()
    },
    onError(error) {
      if (unsure) return void tellLater(error)
      flush()
      attempt.onError(error)
    },
  }
  return { attempt: own, whenSure: () => unsure }
}
