import { describe, expect, it } from 'vitest'
import { sumBlocked } from '../../../bench/page/observe-page.ts'

const task = (startTime: number, duration: number) => ({ startTime, duration })

describe('long tasks of a run from 1000 to 2000', () => {
  it.each([
    ['count what they took over 50 ms', [task(1100, 80), task(1300, 60)], 40],
    ['that began before count their part inside', [task(900, 200)], 50],
    ['that ended after count their part inside', [task(1900, 500)], 50],
    ['that are longer than the run count as the run', [task(500, 2000)], 950],
    ['count for nothing with 50 ms or less inside', [task(900, 150), task(1990, 300)], 0],
    ['count for nothing before or after', [task(100, 800), task(2100, 800)], 0],
  ])('%s', (_, tasks, blocked) => {
    expect(sumBlocked(tasks, 1000, 2000)).toBe(blocked)
  })
})
