/** Where the tests of a source file are: `src/a/b.ts` is tested by `test/a/b.test.ts` or `test/a/b.<kind>.test.ts`. */
import ts from 'typescript'
import { parseSource } from './source-files.ts'
import type { SourceText } from './source-files.ts'

/** Source files with code of their own and no test that bears their name. */
export function filesWithoutTests(
  sources: readonly SourceText[],
  tests: readonly string[],
): string[] {
  return sources
    .filter((source) => hasOwnCode(parseSource(source)))
    .map(({ path }) => path)
    .filter((path) => {
      const mirror = path.replace(/^src\//, 'test/').replace(/\.ts$/, '')
      return !tests.some((test) => test.startsWith(`${mirror}.`) && test.endsWith('.test.ts'))
    })
}

/** Whether anything of a file is left to run that does not come from another one. */
export function hasOwnCode(file: ts.SourceFile): boolean {
  return !file.statements.every(
    (node) =>
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isEmptyStatement(node) ||
      (ts.isImportDeclaration(node) && node.importClause !== undefined) ||
      (ts.isExportDeclaration(node) && isReExport(node)) ||
      isAmbient(node),
  )
}

/** `export {}` only makes a file a module. */
function isReExport({ moduleSpecifier, isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  const isEmpty = exportClause && ts.isNamedExports(exportClause) && !exportClause.elements.length
  return moduleSpecifier !== undefined || isTypeOnly || isEmpty === true
}

function isAmbient(node: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false
}
