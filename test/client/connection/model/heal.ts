/** The end of each run: whoever rests stays at rest; then all is made good, and everything must arrive. */
import { FULL, act, happen, takeTurn } from './app-verbs.ts'
import { isLive } from './attempts.ts'
import { missed } from './delivery.ts'
import { checkInvariants } from './invariants.ts'
import * as server from './server-verbs.ts'
import { settle } from '../../../support/settle.ts'
import type { StreamModel } from './stream-model.ts'

const HOUR_MS = 3_600_000
/** A stream that needs more turns never comes back. */
const MAX_TURNS = 60

export async function heal(model: StreamModel): Promise<void> {
  const { state, trace } = model
  trace.push('the end')
  model.armed.clear()
  await returnToPage(model)
  if (state.rest) await stayAtRest(model)

  const { length } = trace
  const does: Parameters<typeof act>[1][] = [{ do: 'setEnabled', to: true }, { do: 'resume' }]
  for (const who of FULL.keys()) does.push({ do: 'take', who })
  if (state.source === null) does.push({ do: 'setUrl', to: 'a' })
  for (const action of does) act(model, action)
  await checkInvariants(model)
  for (let turn = 0; !isWhole(model); turn++) {
    if (turn === MAX_TURNS) {
      const keys = missed(state.session).map(({ key }) => key)
      model.violate('I7', `the stream does not come back; not delivered: ${keys.join(', ')}`)
      await checkInvariants(model)
    }
    trace.length = length
    trace.push(`turn ${turn}`)
    while (model.turn) {
      takeTurn(model)
      await checkInvariants(model)
    }
    if (state.rest) act(model, { do: 'open' })
    else await turnOver(model)
    await checkInvariants(model)
  }
  act(model, { do: 'close' })
  await checkInvariants(model)
}

async function returnToPage(model: StreamModel): Promise<void> {
  const { page } = model.state
  if (page.isFrozen) await happen(model, 'resume')
  if (page.isLeft) await happen(model, 'pageshow')
  if (page.isHidden) await happen(model, 'visible')
  if (page.isOffline) await happen(model, 'online')
  await checkInvariants(model)
}

async function stayAtRest(model: StreamModel): Promise<void> {
  const { length } = model.attempts
  await model.fake.advance(HOUR_MS)
  await model.fake.page('wake')
  await checkInvariants(model)
  if (model.attempts.length > length) model.violate('I4', 'a request is sent at rest')
}

/** One thing that a good server, and time, do. */
async function turnOver(model: StreamModel): Promise<void> {
  const { attempt, wire, client } = model
  if (attempt && isLive(attempt) && attempt.answeredAt === undefined) {
    const isInclusive = model.attempts.length % 2 === 0
    const answered = server.answerStream(model, attempt, { isInclusive, lineEnd: '\n' })
    await settle()
    server.flow(model, answered, answered.waiting, answered.waiting)
  } else if (wire && !wire.attempt.fate) {
    // What is dead or can show nothing more is cut, so that the next one shows everything.
    if (wire.isStalled || wire.waiting === 0) server.cut(model, wire)
    else server.flow(model, wire, wire.waiting, wire.waiting)
  } else await model.fake.advance(Math.max(0, (client.retryAt ?? 0) - model.wallTime(), 1000))
}

/** The stream is open, and has told all there is. */
function isWhole({ state, wire }: StreamModel): boolean {
  const isOpen = wire !== undefined && !wire.attempt.fate && wire.waiting === 0
  return isOpen && missed(state.session).length === 0
}
