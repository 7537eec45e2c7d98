import { describe, expect, it, vi } from 'vitest'
import { findPassages, readPassages, splitDocument } from '../../../playground/server/passages.ts'

const PARAGRAPH = 'A stream that is open says so, and one that is not says why it is not.'
const CODE = "```ts\n# not a heading\nconst stream = useEventStream('/a')\n\nstream.close()\n```"
const DOCUMENT = `# Streams

${PARAGRAPH}

Too short.

## \`share\` and tabs

${CODE}
`

describe('splitDocument', () => {
  it('gives paragraphs and code under their headings, and leaves out what says nothing', () => {
    expect(splitDocument('a.md', DOCUMENT)).toEqual([
      { source: 'a.md, Streams', text: PARAGRAPH },
      { source: 'a.md, share and tabs', text: CODE },
    ])
  })

  it('leaves tables out', () => {
    expect(splitDocument('a.md', `| ${PARAGRAPH} |\n| --- |`)).toEqual([])
  })

  it('puts the lines of a sentence together, and leaves items and rows on theirs', () => {
    const lines = [
      '- one item that goes',
      '  on in the next line',
      '- and another one',
      '| a | row |',
    ]
    expect(
      splitDocument('a.md', [...lines, 'and its end, so that it is long enough'].join('\n')),
    ).toEqual([
      {
        source: 'a.md, ',
        text:
          '- one item that goes on in the next line\n- and another one\n' +
          '| a | row | and its end, so that it is long enough',
      },
    ])
  })

  it('cuts a long passage between two lines', () => {
    const line = `- ${'word '.repeat(20).trim()}`
    const [passage] = splitDocument('a.md', Array.from({ length: 20 }, () => line).join('\n'))
    expect(passage!.text).toMatch(/^(- |word ?|\n)+\n…$/)
    expect(passage!.text.length).toBeLessThanOrEqual(902)
    expect((passage!.text.length - 1) % (line.length + 1)).toBe(0)
  })
})

describe('findPassages', () => {
  const passages = [
    { source: 'a.md, Queues', text: 'A queue drops the oldest message when it is full.' },
    { source: 'a.md, Streams', text: 'A message of a stream reaches its handlers in order.' },
    { source: 'a.md, Retries', text: 'Every message is told again after a reconnect.' },
  ]
  const find = (question: string): string[] =>
    findPassages(passages, question).map(({ source }) => source)

  it('puts what shares the rarest words first', () => {
    expect(find('Which message does a full queue drop?')[0]).toBe('a.md, Queues')
    expect(find('messages of handlers')[0]).toBe('a.md, Streams')
  })

  it('counts words of the heading, whatever their number and case', () => {
    expect(find('RETRY retries?')).toEqual(['a.md, Retries'])
  })

  it('finds nothing for words that say nothing, or that nobody has written', () => {
    expect(find('What is it?')).toEqual([])
    expect(find('zebra')).toEqual([])
    expect(find('constructor __proto__ 🙂')).toEqual([])
  })
})

describe('readPassages', () => {
  it("reads the project's own documents", () => {
    const report = vi.fn()
    const sources = readPassages(report).map(({ source }) => source)
    expect(report).not.toHaveBeenCalled()
    for (const path of ['README.md', 'playground/README.md', 'CONTRIBUTING.md']) {
      expect(sources.some((source) => source.startsWith(`${path}, `))).toBe(true)
    }
  })
})
