// @vitest-environment node
import { describe, expect, it, vi } from 'vitest'
import { createMessageContender } from '../../../bench/parsers/contenders.ts'
import {
  createTurn,
  joinRounds,
  measureWorkload,
  perMib,
  pick,
} from '../../../bench/parsers/measure.ts'
import { DRAINS, streamOf } from '../../../bench/parsers/plumbing.ts'
import { createSink, tallyOf } from '../../../bench/parsers/tally.ts'
import { cut } from '../../../bench/inputs/chunkings.ts'
import { createWorkload } from '../../../bench/inputs/workloads.ts'

describe('measureWorkload', () => {
  it('does not measure who is wrong', async () => {
    const deaf = createMessageContender(() => () => {})
    const options = { rounds: 1, sampleMs: 0, bytes: 1024 }
    await expect(measureWorkload('token', { deaf }, options)).rejects.toThrow(
      'deaf, token in 64K: expected',
    )
  })
})

describe('createTurn', () => {
  it('goes over the stream at least once for a sample', () => {
    let passes = 0
    const turn = createTurn(() => passes++, 0)
    const warmUp = passes
    turn()
    expect(passes).toBe(warmUp + 1)
  })

  it('goes over it as often as fills a sample, and gives the time of once', () => {
    let time = 0
    vi.spyOn(performance, 'now').mockImplementation(() => time)
    const turn = createTurn(() => (time += 2), 20)
    const before = time
    expect(turn()).toBe(2)
    expect(time - before).toBe(20)
  })
})

describe('perMib', () => {
  it('gives the milliseconds of a MiB', () => {
    const workload = createWorkload('token', 512 * 1024)
    const { ours } = perMib(new Map([['ours', [1, 2]]]), workload)
    expect(ours![0]).toBeCloseTo(2)
    expect(ours![1]).toBeCloseTo(4)
  })
})

describe('joinRounds', () => {
  it('puts the times of each contender one after the other, by stream and chunks', () => {
    const token = { workload: 'token', chunking: '64K' }
    const rounds = [
      [{ ...token, times: { ours: [1], base: [2] } }],
      [{ workload: 'chat', chunking: '64K', times: { ours: [3] } }],
      [{ ...token, times: { ours: [4], base: [5] } }],
    ]
    expect(joinRounds(rounds)).toEqual([
      { ...token, times: { ours: [1, 4], base: [2, 5] } },
      { workload: 'chat', chunking: '64K', times: { ours: [3] } },
    ])
  })
})

describe('pick', () => {
  it('takes the names that contain the text, or all when none does', () => {
    expect(pick(['chat', 'cr', 'crlf'], 'cr')).toEqual(['cr', 'crlf'])
    expect(pick(['chat', 'cr'], '64K')).toEqual(['chat', 'cr'])
    expect(pick(['chat', 'cr'])).toEqual(['chat', 'cr'])
  })
})

describe.each(Object.entries(DRAINS))('the plumbing %s', (_, drain) => {
  it.each(['64K', '1 event', '7 B'] as const)(
    'gives all messages of a stream in chunks of %s',
    async (chunking) => {
      const workload = createWorkload('chat', 10 * 1024)
      const sink = createSink()
      await drain(streamOf(cut(workload, chunking), 2), sink)
      expect(sink.take()).toEqual(tallyOf([...workload.messages, ...workload.messages]))
    },
  )
})
