/** Collects every `@default` of the source. */
import ts from 'typescript'
import { parseSource, walk } from './source-files.ts'
import type { SourceText } from './source-files.ts'

export interface DocumentedDefault {
  /** `Interface.member`. */
  name: string
  /** The value as it is written. */
  text: string
}

export function documentedDefaults(source: SourceText): DocumentedDefault[] {
  const found: DocumentedDefault[] = []
  walk(parseSource(source), (node) => {
    if (!ts.isTypeElement(node)) return
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'default') continue
      const owner = ts.isInterfaceDeclaration(node.parent) ? node.parent.name.text : source.path
      const text = ts.getTextOfJSDocComment(tag.comment)?.trim() ?? ''
      found.push({ name: `${owner}.${node.name?.getText()}`, text })
    }
  })
  return found
}

/** The value that a `@default` writes: a number, a text in quotes, or a word of the language. */
export function valueOfDefault(text: string): unknown {
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1)
  if (/^[\d_.]+$/.test(text)) return Number(text.replaceAll('_', ''))
  const words: Record<string, unknown> = { true: true, false: false, Infinity, null: null }
  if (Object.hasOwn(words, text)) return words[text]
  throw new Error(`"${text}" is not a value that a @default can be`)
}
