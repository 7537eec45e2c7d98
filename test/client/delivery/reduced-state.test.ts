// @vitest-environment node
/** How reducers change a loaded state. (When it is loaded: loaded-state.test.ts.) */
import { expect, it } from 'vitest'
import { createReducedState } from '../../../src/client/delivery/reduced-state.ts'
import { createAppCalls } from '../../../src/client/delivery/app-calls.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import type { EventStreamError } from '../../../src/protocol/errors.ts'

async function startReduced(on: Record<string, (state: number, by: number) => number>) {
  const { environment } = createFakeEnvironment()
  const errors: EventStreamError[] = []
  const loader = createReducedState<number, null>(
    environment,
    { status: 'open', reason: null, lastEventId: '' },
    {
      ...createAppCalls((error) => errors.push(error), environment, undefined),
      ...{ on, initial: null, onChange: () => {}, load: () => ({ state: 1 }) },
    },
    [],
  )
  loader.onStreamChange()
  await settle()
  const tell = (type: string, data: unknown): void =>
    loader.onMessage({ type, data, lastEventId: '' }, false)
  return { loader, tell, errors }
}

it('changes by the reducer of the type of a message, and by no other', async () => {
  const { loader, tell } = await startReduced({ add: (state, by) => state + by })
  tell('add', 2)
  tell('other', 4)
  tell('constructor', 8)
  expect(loader.state).toBe(3)
})

it('stays what it was where a reducer throws, which is told', async () => {
  const { loader, tell, errors } = await startReduced({
    add: (state, by) => state + by,
    bad() {
      throw new Error('bad')
    },
  })
  tell('bad', 2)
  tell('add', 4)
  expect(loader.state).toBe(5)
  expect(errors).toEqual([expect.objectContaining({ code: 'handler', type: 'bad' })])
})
