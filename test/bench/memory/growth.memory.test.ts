// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { measureGrowth } from '../../../bench/memory/growth.ts'
import { OURS, READERS } from '../../../bench/memory/readers.ts'
import type { Kept, Reader, Reading } from '../../../bench/memory/readers.ts'

const OPTIONS = { events: 20_000, keptEvents: 100 }
const ours = READERS[OURS]!
const most = ({ samples }: { samples: readonly number[] }): number => Math.max(...samples)

/** Changes what a reader is given. */
const changed =
  (change: (reading: Reading) => Partial<Reading>): Reader =>
  (reading) =>
    ours({ ...reading, ...change(reading) })

describe('measureGrowth', { timeout: 60_000 }, () => {
  it('looks at the heap eight times', async () => {
    expect((await measureGrowth(ours, 'nothing', OPTIONS)).samples).toHaveLength(8)
  })

  it('sees what is held', async () => {
    const leak: unknown[] = []
    const leaking = changed(({ onMessage }) => ({
      onMessage() {
        leak.push({ of: leak.length, and: [1] })
        return onMessage()
      },
    }))
    const { samples } = await measureGrowth(leaking, 'nothing', OPTIONS)
    expect(samples.at(-1)! - samples[0]!).toBeGreaterThan(0.5)
  })

  it.each(['texts', 'objects'] as Kept[])('keeps as many %s as it has to', async (kept) => {
    let count = 0
    const counting = changed(({ keep }) => ({
      keep(value) {
        count++
        keep(value)
      },
    }))
    await measureGrowth(counting, kept, OPTIONS)
    expect(count).toBeGreaterThanOrEqual(OPTIONS.keptEvents)
    expect(count).toBeLessThan(OPTIONS.keptEvents * 2)
  })

  it('sees that a slice holds the text that it was cut from', async () => {
    const raw = most(await measureGrowth(ours, 'texts', OPTIONS))
    const parsed = most(await measureGrowth(ours, 'objects', OPTIONS))
    expect(raw).toBeGreaterThan(parsed + 1)
  })

  it('does not take a stream that was not read to its end', async () => {
    const forgetful = changed(() => ({ onMessage: () => false }))
    await expect(measureGrowth(forgetful, 'nothing', OPTIONS)).rejects.toThrow('but got 0')
  })
})
