/** Finds the code that people will copy: blocks of the README and `@example` in doc comments. */
import ts from 'typescript'
import { parseSource, scriptOf, walk } from './source-files.ts'
import type { SourceText } from './source-files.ts'

export interface Example {
  /** Where it stands: the file, and which of its examples. */
  name: string
  /** The file's line before the code. */
  line: number
  code: string
}

const BLOCK = /^( *)```(ts|typescript|vue)\b([^\n]*)\n(.*?)^\1```/gms

/** Blocks that start with ```ts or ```vue; not those marked `no-check`. */
export function examplesOfMarkdown({ path, text }: SourceText): Example[] {
  const examples: Example[] = []
  let number = 0
  for (const { index, 1: indent, 2: language, 3: info, 4: content } of text.matchAll(BLOCK)) {
    number++
    if (info!.includes('no-check')) continue
    const plain = content!.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    const code = language === 'vue' ? scriptOf(plain).trim() : plain
    const start = language === 'vue' ? plain.indexOf(code) : 0
    const line = lineOf(text, index) + lineOf(plain, start) - 1
    examples.push({ name: `${path}, block ${number}`, line, code })
  }
  return examples
}

/** Every `@example` of a source file. */
export function examplesOfSource(source: SourceText): Example[] {
  const file = parseSource(source)
  const tags = new Set<ts.JSDocTag>()
  walk(file, (node) => {
    for (const tag of ts.getJSDocTags(node)) if (tag.tagName.text === 'example') tags.add(tag)
  })
  return [...tags].map((tag, index) => ({
    name: `${source.path}, @example ${index + 1}`,
    line: lineOf(source.text, tag.getStart()),
    code: (ts.getTextOfJSDocComment(tag.comment) ?? '').replaceAll(/^```.*$/gm, ''),
  }))
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
