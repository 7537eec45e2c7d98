// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { cut } from '../../../bench/inputs/chunkings.ts'
import { createWorkload } from '../../../bench/inputs/workloads.ts'

const workload = createWorkload('cjk', 100 * 1024)
const sizes = (chunking: Parameters<typeof cut>[1]): number[] =>
  cut(workload, chunking).map(({ length }) => length)

describe('cut', () => {
  it.each([
    ['64K', 64 * 1024],
    ['16K', 16 * 1024],
    ['1K', 1024],
    ['7 B', 7],
  ] as const)('makes chunks of %s, and one of what is left', (chunking, size) => {
    const others = sizes(chunking)
    const last = others.pop()
    expect(new Set(others)).toEqual(new Set([size]))
    expect(last).toBeGreaterThan(0)
    expect(last).toBeLessThanOrEqual(size)
  })

  it('makes a chunk of each event', () => {
    const chunks = cut(workload, '1 event').map((chunk) => new TextDecoder().decode(chunk))
    expect(chunks).toEqual(workload.messages.map(({ data }) => `data: ${data}\n\n`))
  })

  it('does not copy', () => {
    for (const chunk of cut(workload, '1K')) expect(chunk.buffer).toBe(workload.bytes.buffer)
  })
})
