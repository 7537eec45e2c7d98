// @vitest-environment node
/**
 * One client against a model of it: whatever servers, networks, computers, pages and apps do, in any order, the
 * invariants of `connection-table.ts` hold, and everything arrives once, in order, or there is a gap.
 *
 * `MODEL_RUNS=… MODEL_SEED=…` makes it longer, or repeats a run that failed: the failure shows its seed.
 */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { act } from './model/app-verbs.ts'
import { anyCommand, commandCount } from './model/commands.ts'
import { heal } from './model/heal.ts'
import { checkInvariants } from './model/invariants.ts'
import { anySettings } from './model/settings.ts'
import { createStreamModel } from './model/stream-model.ts'

const SEED = Number(process.env.MODEL_SEED ?? 20_260_101)
const RUNS = Number(process.env.MODEL_RUNS ?? 800)
const MAX_COMMANDS = 60
/** Long runs get the time that they take on a slow machine. */
const TIMEOUT_MS = 60_000 + 100 * RUNS

/** What the client must have been through, or the runs show nothing. */
const WAYS = [
  ...['connecting', 'open', 'reconnecting', 'paused', 'closed', 'failed', 'idle'],
  ...['paused user', 'paused hidden', 'paused pagehide', 'reconnecting silence'],
  ...['failed http', 'failed exhausted', 'closed no-content', 'closed complete'],
  ...['gap no-id', 'gap server', 'gap unsendable-id', 'stream again', 'late stream'],
  ...['error connect-timeout', 'error content-type', 'error handler', 'error truncated'],
  ...['paused overflow', 'gap paused', 'fill', 'take', 'turn'],
  ...['open by other', 'reconnecting by other', 'the first one again'],
  ...['freeze', 'resume', 'pagehide', 'pageshow', 'hidden', 'visible', 'online', 'wake'],
]

const seen = new Set<string>()

describe('createEventStreamClient', () => {
  it(
    'keeps the invariants whatever happens',
    async () => {
      const commands = fc.commands([anyCommand], { maxCommands: MAX_COMMANDS, size: 'max' })
      const property = fc.asyncProperty(anySettings, commands, async (settings, steps) => {
        const model = await createStreamModel(settings, seen)
        act(model, { do: 'setUrl', to: 'a' })
        await checkInvariants(model)
        await fc.asyncModelRun(() => ({ model, real: model }), steps)
        await heal(model)
      })
      await fc.assert(property, { seed: SEED, numRuns: RUNS })
      expect(RUNS < 800 ? [] : WAYS.filter((way) => !seen.has(way))).toEqual([])
    },
    TIMEOUT_MS,
  )
})

afterAll(() => {
  if (process.env.MODEL_RUNS) console.info(`${commandCount.run} commands, the seed ${SEED}`)
})
