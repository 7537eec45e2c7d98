/** Waits for a condition of the outside world. The test's own time limit ends what never comes true. */
import { setTimeout as delay } from 'node:timers/promises'

const CHECK_MS = 5

export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(CHECK_MS)
}
