// @vitest-environment node
import { createParser } from 'eventsource-parser'
import { describe, expect, it } from 'vitest'
import { CHUNKINGS, cut } from '../../../bench/inputs/chunkings.ts'
import { createWorkload, WORKLOADS } from '../../../bench/inputs/workloads.ts'
import { createEventStreamParser } from '../../../src/protocol/index.ts'
import type { ExpectedMessage, Workload } from '../../../bench/inputs/workloads.ts'

const KIB = 1024
const create = (name: (typeof WORKLOADS)[number], seed?: number): Workload =>
  createWorkload(name, 100 * KIB, seed)
const textOf = ({ bytes }: Workload): string => new TextDecoder().decode(bytes)

function parseWithOurs(chunks: readonly Uint8Array[]): ExpectedMessage[] {
  const messages: ExpectedMessage[] = []
  const { feed } = createEventStreamParser({ onMessage: (message) => messages.push(message) })
  chunks.forEach(feed)
  return messages
}

/** It leaves out what the standard has a default for, and says an id only where it is. */
function parseWithOther(chunks: readonly Uint8Array[]): ExpectedMessage[] {
  const messages: ExpectedMessage[] = []
  const decoder = new TextDecoder()
  const { feed } = createParser({
    onEvent: ({ data, event = 'message', id = '' }) =>
      messages.push({ type: event, data, lastEventId: id }),
  })
  for (const chunk of chunks) feed(decoder.decode(chunk, { stream: true }))
  return messages
}

describe.each(WORKLOADS)('the workload %s', (name) => {
  const workload = create(name)

  describe.each(CHUNKINGS)('in chunks of %s', (chunking) => {
    const chunks = cut(workload, chunking)

    it('has all bytes in their order', () => {
      expect(Buffer.concat(chunks).equals(workload.bytes)).toBe(true)
    })

    it('has exactly the expected messages', () => {
      expect(parseWithOurs(chunks)).toEqual(workload.messages)
      expect(parseWithOther(chunks)).toEqual(workload.messages)
    })

    it('can go on where it ended', () => {
      const twice = [...workload.messages, ...workload.messages]
      expect(parseWithOurs([...chunks, ...chunks])).toEqual(twice)
    })
  })

  it('is the same for the same seed', () => {
    expect(textOf(create(name))).toBe(textOf(workload))
    expect(create(name).messages).toEqual(workload.messages)
    expect(textOf(create(name, 2))).not.toBe(textOf(workload))
  })

  it('is as long as it has to be, and not by much longer', () => {
    expect(workload.bytes.length).toBeGreaterThanOrEqual(100 * KIB)
    expect(workload.bytes.length).toBeLessThan(100 * KIB + 20 * KIB)
  })

  it('has as many ends as messages, and the last one at its end', () => {
    expect(workload.ends).toHaveLength(workload.messages.length)
    expect(workload.ends.at(-1)).toBe(workload.bytes.length)
  })
})

describe('createWorkload', () => {
  it.each([
    ['token', 45, 60],
    ['chat', 120, 150],
    ['crlf', 125, 155],
    ['cr', 120, 150],
    ['big16k', 16 * KIB, 17 * KIB],
    ['multi20', 500, 900],
    ['cjk', 100, 190],
  ] as const)('makes events of %s of %d to %d bytes', (name, least, most) => {
    const { bytes, messages } = create(name)
    expect(bytes.length / messages.length).toBeGreaterThan(least)
    expect(bytes.length / messages.length).toBeLessThan(most)
  })

  it('ends lines as the name says', () => {
    expect(textOf(create('chat'))).not.toContain('\r')
    expect(textOf(create('crlf'))).not.toMatch(/[^\r]\n|\r[^\n]/)
    expect(textOf(create('cr'))).not.toContain('\n')
  })

  it('has 20 lines of data in a message of multi20', () => {
    for (const { data } of create('multi20').messages) expect(data.split('\n')).toHaveLength(20)
  })

  it('has mostly characters of three bytes in cjk', () => {
    const { bytes, messages } = create('cjk')
    const wide = messages.flatMap(({ data }) => data.match(/[\u3000-\uffef]/g) ?? [])
    expect(wide.length * 3).toBeGreaterThan(bytes.length / 2)
  })

  it('has only ASCII in the others', () => {
    for (const name of WORKLOADS.filter((each) => each !== 'cjk'))
      expect(create(name).bytes.every((byte) => byte < 0x80)).toBe(true)
  })
})
