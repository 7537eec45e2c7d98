// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { JSON_PARSE, LIMITS, PARSERS } from '../../../bench/parsers/contenders.ts'
import { createSink } from '../../../bench/parsers/tally.ts'
import { undiciParser } from '../../../bench/parsers/undici-parser.ts'
import { CHUNKINGS, cut } from '../../../bench/inputs/chunkings.ts'
import { createWorkload, WORKLOADS } from '../../../bench/inputs/workloads.ts'
import type { Contender } from '../../../bench/parsers/contenders.ts'
import type { Tally } from '../../../bench/parsers/tally.ts'
import type { Workload } from '../../../bench/inputs/workloads.ts'
import type { ChunkingName } from '../../../bench/inputs/chunkings.ts'

const parsers = { ...PARSERS, undici: undiciParser }
const workloads = WORKLOADS.map((name) => createWorkload(name, 40 * 1024))
function passTwice(contender: Contender, workload: Workload, chunking: ChunkingName): Tally[] {
  const sink = createSink()
  const pass = contender.start(cut(workload, chunking), sink, workload)
  return [1, 2].map(() => {
    pass()
    return sink.take()
  })
}

describe.each(Object.entries({ ...parsers, ...LIMITS }))('the contender %s', (_, contender) => {
  it.each(CHUNKINGS)('takes all of every workload in chunks of %s, and again', (chunking) => {
    for (const workload of workloads) {
      if (contender.suits?.(workload) === false) continue
      const expected = contender.expect(workload)
      expect(passTwice(contender, workload, chunking)).toEqual([expected, expected])
      expect(expected.count).toBeGreaterThan(workload.name === 'cr' ? -1 : 0)
    }
  })
})

describe.each(Object.entries(parsers))('the parser %s', (_, contender) => {
  it.each(CHUNKINGS)('gives exactly the messages in chunks of %s', (chunking) => {
    for (const workload of workloads) {
      const messages: unknown[] = []
      const sink = {
        ...createSink(),
        add: (data: string, type: string, lastEventId: string) =>
          messages.push({ type, data, lastEventId }),
      }
      contender.start(cut(workload, chunking), sink, workload)()
      expect(messages).toEqual(workload.messages)
    }
  })
})

describe('JSON.parse', () => {
  it('takes part where the data is JSON', () => {
    const names = workloads.filter(LIMITS[JSON_PARSE]!.suits!).map(({ name }) => name)
    expect(names).toEqual(WORKLOADS.filter((name) => name !== 'multi20'))
  })
})
