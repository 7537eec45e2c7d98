/** The repository's files as texts and syntax trees, for tests that judge the source itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import ts from 'typescript'
import { parse as parseVue } from 'vue/compiler-sfc'

/** With slashes. Not from `import.meta.url`: that is no file in tests with a page. */
export const ROOT = resolve(import.meta.dirname, '../..').replaceAll(sep, '/')

export interface SourceText {
  /** From the repository's root, with slashes. */
  path: string
  text: string
}

/** All files in these folders that end like this; nothing that was built or installed. */
export function listFiles(folders: readonly string[], ending: RegExp): string[] {
  return folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !/(^|\/)(dist|node_modules)\//.test(path))
}

export function readSources(...folders: string[]): SourceText[] {
  return listFiles(folders, /\.(ts|mts|js|mjs|vue)$/).map((path) => ({
    path,
    text: readText(path),
  }))
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The syntax tree of a file; of a Vue component, that of its scripts. */
export function parseSource({ path, text }: SourceText): ts.SourceFile {
  const script = path.endsWith('.vue') ? scriptOf(text) : text
  return ts.createSourceFile(path, script, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
}

/** The scripts of a Vue component, one after the other. */
export function scriptOf(component: string): string {
  const { script, scriptSetup } = parseVue(component).descriptor
  return [script, scriptSetup].map((block) => block?.content ?? '').join('\n')
}

/** Calls back for a node and everything in it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}
