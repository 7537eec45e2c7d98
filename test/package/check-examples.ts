/** Compiles examples, each as a module of its own, against the library's source. */
import { posix } from 'node:path'
import ts from 'typescript'
import { EXAMPLE_GLOBALS } from './example-globals.ts'
import { ROOT, parseSource, readText, walk } from './source-files.ts'
import type { Example } from './examples.ts'

/** The entry that a name comes from when an example does not say so: the first that has it. */
const ENTRIES = [
  ['vue-event-stream', 'src/index.ts'],
  ['vue-event-stream/client', 'src/client/index.ts'],
  ['vue-event-stream/protocol', 'src/protocol/index.ts'],
] as const

const CANNOT_FIND_MODULE = 2307
const GLOBALS_PATH = posix.join(ROOT, 'example-globals.d.ts')

const options = readOptions()
const host = ts.createCompilerHost(options, true)
const files = new Map<string, ts.SourceFile | undefined>()
let lastProgram: ts.Program | undefined

/**
 * What is wrong with the examples, as `where, line: message`. One program for all, but for those that change the
 * types of a module: what they declare would hold for the others too.
 */
export function checkExamples(examples: readonly Example[]): string[] {
  const isAlone = ({ code }: Example): boolean => /^declare module/m.test(code)
  const alone = examples.filter(isAlone)
  return [examples.filter((example) => !isAlone(example)), ...alone.map((example) => [example])]
    .filter((group) => group.length > 0)
    .flatMap(checkTogether)
}

function checkTogether(examples: readonly Example[]): string[] {
  const modules = new Map(
    examples.map((example, index) => [posix.join(ROOT, `example-${index}.ts`), example]),
  )
  const texts = new Map([...modules].map(([path, { code }]) => [path, toModule(code)]))
  texts.set(GLOBALS_PATH, EXAMPLE_GLOBALS)
  const program = ts.createProgram([...texts.keys()], options, hostWith(texts), lastProgram)
  lastProgram = program
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      .filter((diagnostic) => !isOwnFileOfReader(diagnostic))
      .map((diagnostic) => toText(diagnostic, modules.get(path)))
  })
}

/** A relative import names a file of the reader's app. */
function isOwnFileOfReader({ code, file, start, length }: ts.Diagnostic): boolean {
  const specifier = file?.text.slice(start, start! + length!) ?? ''
  return code === CANNOT_FIND_MODULE && /^['"]\.{1,2}\//.test(specifier)
}

function toText({ file, start, messageText }: ts.Diagnostic, example: Example | undefined): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n')
  const line = file!.getLineAndCharacterOfPosition(start!).line + 1
  const where = example ? `${example.name}, line ${example.line + line}` : `example-globals.ts`
  const code = file!.text.split('\n')[line - 1]!.trim()
  return `${where}: ${message}\n    ${code}`
}

/** The code, and behind it, so that its lines keep their numbers, the imports that it leaves out. */
function toModule(code: string): string {
  const file = parseSource({ path: 'example.ts', text: code })
  const used = new Set<string>()
  walk(file, (node) => {
    if (ts.isIdentifier(node)) used.add(node.text)
  })
  const bound = boundNames(file)
  const imports = ENTRIES.map(([entry, path]) => {
    const missing = exportsOf(path).filter(({ name }) => used.has(name) && !bound.has(name))
    for (const { name } of missing) bound.add(name)
    const specifiers = missing.map(({ name, isType }) => (isType ? `type ${name}` : name))
    return specifiers.length > 0 ? `import { ${specifiers.join(', ')} } from '${entry}'` : ''
  })
  return `${code}\n${imports.join('\n')}\nexport {}\n`
}

/** What a file declares or imports, in whatever scope. */
function boundNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  walk(file, (node) => {
    const isBinding =
      ts.isImportSpecifier(node) || ts.isImportClause(node) || ts.isBindingElement(node)
    if (!isBinding && !ts.isVariableDeclaration(node) && !ts.isDeclarationStatement(node)) return
    if (node.name && ts.isIdentifier(node.name)) names.add(node.name.text)
  })
  return names
}

interface ExportedName {
  name: string
  isType: boolean
}

/** What an entry exports: its named exports, and of files that it exports whole, the types. */
function exportsOf(path: string): ExportedName[] {
  const names: ExportedName[] = []
  for (const statement of parseSource({ path, text: readText(path) }).statements) {
    if (!ts.isExportDeclaration(statement)) continue
    const { exportClause, moduleSpecifier, isTypeOnly } = statement
    if (exportClause && ts.isNamedExports(exportClause)) {
      for (const { name } of exportClause.elements)
        names.push({ name: name.text, isType: isTypeOnly })
    } else {
      const target = posix.join(posix.dirname(path), (moduleSpecifier as ts.StringLiteral).text)
      const whole = parseSource({ path: target, text: readText(target) })
      for (const name of boundNames(whole)) names.push({ name, isType: true })
    }
  }
  return names
}

function readOptions(): ts.CompilerOptions {
  const path = posix.join(ROOT, 'tsconfig.json')
  const { config } = ts.readConfigFile(path, ts.sys.readFile)
  const content = { ...config, include: [], files: [GLOBALS_PATH] }
  return ts.parseJsonConfigFileContent(content, ts.sys, ROOT, {}, path).options
}

/** Reads and parses each file once for all programs. */
function hostWith(texts: Map<string, string>): ts.CompilerHost {
  return {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    getSourceFile(path, version) {
      const text = texts.get(path)
      if (text !== undefined) return ts.createSourceFile(path, text, version, true)
      if (!files.has(path)) files.set(path, host.getSourceFile(path, version))
      return files.get(path)
    },
  }
}
