/** The project's own documents in passages, and which of them fits a question best: words that are rare count most. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reportOnConsole } from './report.ts'

export interface Passage {
  /** Document and heading: `README.md, Sharing`. */
  source: string
  text: string
}

const DOCUMENTS = ['README.md', 'playground/README.md', 'CONTRIBUTING.md']
const MIN_CHARS = 60
/** A longer passage is cut between two lines. */
const MAX_CHARS = 900
/** Items, rows and the ends of code begin a line; any other one goes on with the one before it. */
const OWN_LINE = /^\s*([-*|>`]|\d+\.)/
/** A word of the heading says more than one of the text. */
const HEADING_WEIGHT = 3
const STOP_WORDS = new Set(
  'a an and are as at be but by can do does for from has have how i if in is it its me my not of on or so that the this to was we what when where which who why will with you your'.split(
    ' ',
  ),
)

/** The documents of the repository that this server runs from. */
export function readPassages(report = reportOnConsole): Passage[] {
  const root = findRoot(dirname(fileURLToPath(import.meta.url)))
  return DOCUMENTS.flatMap((path) => {
    try {
      return splitDocument(path, readFileSync(join(root, path), 'utf8'))
    } catch (error) {
      report(`The assistant does without ${path}: ${error}`)
      return []
    }
  })
}

function findRoot(folder: string): string {
  const parent = dirname(folder)
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : findRoot(parent)
}

/** Paragraphs, lists, tables and code, each under its heading. */
export function splitDocument(path: string, markdown: string): Passage[] {
  const passages: Passage[] = []
  let heading = ''
  let block: string[] = []
  let isCode = false

  function finish(): void {
    const text = cut(block.join('\n').trim())
    // A table read word by word says little.
    if (text.length >= MIN_CHARS && !text.startsWith('|'))
      passages.push({ source: `${path}, ${heading}`, text })
    block = []
  }

  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode
    const [, title] = (!isCode && /^#+ (.+)$/.exec(line)) || []
    if (title !== undefined || (line.trim() === '' && !isCode)) finish()
    if (title !== undefined) heading = title.replaceAll('`', '')
    else if (isCode || block.length === 0 || OWN_LINE.test(line)) block.push(line)
    else block.push(`${block.pop()} ${line.trim()}`)
  }
  finish()
  return passages
}

function cut(text: string): string {
  if (text.length <= MAX_CHARS) return text
  const end = text.lastIndexOf('\n', MAX_CHARS)
  return `${text.slice(0, end > 0 ? end : MAX_CHARS)}\n…`
}

/** Best first; those that share no word with the question are left out. */
export function findPassages(passages: readonly Passage[], question: string): Passage[] {
  const indexed = passages.map((passage) => ({ passage, counts: countWords(passage) }))
  const meanSize = indexed.reduce((sum, { counts }) => sum + counts.size, 0) / indexed.length
  const words = [...new Set(wordsOf(question))]
  const weights = words.map((word) => {
    const found = indexed.filter(({ counts }) => counts.has(word)).length
    return found && Math.log(1 + passages.length / found)
  })
  const scored = indexed
    .map(({ passage, counts }) => ({
      passage,
      score: words.reduce((score, word, index) => {
        const count = counts.get(word) ?? 0
        // A word that comes again says less, and so does one among many.
        return score + (weights[index]! * count) / (count + counts.size / meanSize)
      }, 0),
    }))
    .filter(({ score }) => score > 0)
  scored.sort((a, b) => b.score - a.score)
  return scored.map(({ passage }) => passage)
}

function countWords({ source, text }: Passage): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (word: string, weight: number): void =>
    void counts.set(word, (counts.get(word) ?? 0) + weight)
  for (const word of wordsOf(text)) add(word, 1)
  for (const word of wordsOf(source.slice(source.indexOf(',')))) add(word, HEADING_WEIGHT)
  return counts
}

/** Lower case, without an ending that only says how many. */
function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return words.filter((word) => !STOP_WORDS.has(word)).map((word) => word.replace(/(?<=..)s$/, ''))
}
