/** Which globals a file uses, found by the compiler: no name that the file itself binds counts, and no type. */
import ts from 'typescript'
import { walk } from './source-files.ts'
import type { SourceText } from './source-files.ts'

/** What does I/O, tells time, brings chance, or belongs to the page. */
const PLATFORM_GLOBALS = new Set([
  ...['fetch', 'EventSource', 'XMLHttpRequest', 'WebSocket', 'Worker', 'SharedWorker'],
  ...[
    'BroadcastChannel',
    'MessageChannel',
    'localStorage',
    'sessionStorage',
    'indexedDB',
    'caches',
  ],
  ...[
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'clearImmediate',
  ],
  ...['queueMicrotask', 'requestAnimationFrame', 'cancelAnimationFrame', 'requestIdleCallback'],
  ...['scheduler', 'Date', 'performance', 'crypto'],
  ...['window', 'self', 'globalThis', 'document', 'navigator', 'location', 'history'],
  ...['addEventListener', 'removeEventListener', 'dispatchEvent', 'postMessage'],
  ...['console', 'reportError', 'process'],
])
/** Members of globals that are harmless otherwise. */
const PLATFORM_MEMBERS = new Set(['Math.random', 'AbortSignal.timeout', 'import.meta'])

/** Members of platform globals that only calculate. */
const PURE_MEMBERS = new Set(['Date.parse', 'Date.UTC'])

/** `file: name` for each use of a global that is not pure calculation. */
export function platformGlobals(sources: readonly SourceText[]): string[] {
  const { files, checker } = bind(sources)
  return files.flatMap((file) => {
    const names = new Set<string>()
    walk(file, (node) => {
      const name = globalName(node, checker)
      if (name) names.add(name)
    })
    return [...names].map((name) => `${file.fileName}: ${name}`)
  })
}

function globalName(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`
    return PLATFORM_MEMBERS.has(name) && isFree(node.expression, checker) ? name : undefined
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    const name = `${node.expression.getText()}.${node.argumentExpression.text}`
    return PLATFORM_MEMBERS.has(name) && isFree(node.expression, checker) ? name : undefined
  }
  if (ts.isMetaProperty(node))
    return PLATFORM_MEMBERS.has(node.getText()) ? node.getText() : undefined
  if (!ts.isIdentifier(node) || !PLATFORM_GLOBALS.has(node.text)) return undefined
  return isExpression(node) && isFree(node, checker) ? node.text : undefined
}

/** Whether an identifier is a value that is read, called or written: no property, no declaration, no type. */
function isExpression(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === node && !PURE_MEMBERS.has(parent.getText())
  }
  const isName = 'name' in parent && parent.name === node
  const isOldName = 'propertyName' in parent && parent.propertyName === node
  return !isName && !isOldName && !isWithinType(node)
}

/** `typeof fetch`, or the base of an interface, is nothing that runs; the base of a class is. */
function isWithinType(node: ts.Node): boolean {
  for (let { parent } = node; parent && !ts.isStatement(parent); { parent } = parent) {
    if (ts.isHeritageClause(parent)) {
      return !ts.isClassLike(parent.parent) || parent.token !== ts.SyntaxKind.ExtendsKeyword
    }
    if (ts.isTypeNode(parent) && !ts.isExpressionWithTypeArguments(parent)) return true
  }
  return false
}

/** Whether no scope around declares the name: no library is loaded, so what is left is a global. */
function isFree(node: ts.Node, checker: ts.TypeChecker): boolean {
  const name = node.getText()
  return !checker
    .getSymbolsInScope(node, ts.SymbolFlags.Value | ts.SymbolFlags.Alias)
    .some((symbol) => symbol.name === name && symbol.declarations?.length)
}

/** The files with their scopes, but without the platform's types and without each other. */
function bind(sources: readonly SourceText[]): { files: ts.SourceFile[]; checker: ts.TypeChecker } {
  const texts = new Map(sources.map(({ path, text }) => [path, text]))
  const host: ts.CompilerHost = {
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
    getSourceFile(path, options) {
      const text = texts.get(path)
      return text === undefined ? undefined : ts.createSourceFile(path, text, options, true)
    },
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile() {},
  }
  const options = { noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.Latest }
  const program = ts.createProgram([...texts.keys()], options, host)
  const files = program.getSourceFiles().filter(({ fileName }) => texts.has(fileName))
  return { files, checker: program.getTypeChecker() }
}
