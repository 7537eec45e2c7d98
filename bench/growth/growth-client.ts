/** A client without Vue on a page. */
import { createGrowthPage } from './growth-page.ts'
import { collectGarbage, framesUntil, play, turn } from './play.ts'
import type { Environment, EventStreamClient } from '../../src/client/index.ts'
import type { Arrival, Frame } from './play.ts'

/** Plays the frames to the client that is made, and gives what it cost in microseconds of the processor. */
export async function measureClient(
  create: (environment: Environment) => Pick<EventStreamClient, 'status' | 'close'>,
  frames: readonly Frame[],
  arrival: Arrival,
): Promise<number> {
  const page = createGrowthPage()
  const client = create(page.environment)
  await framesUntil(page, () => client.status === 'open')
  collectGarbage()
  const cost = await play(page, frames, arrival)
  client.close()
  await turn()
  if (page.errors.length > 0) throw page.errors[0]
  return cost
}
