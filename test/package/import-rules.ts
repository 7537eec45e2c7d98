/** Who may import whom (DESIGN.md, "Layers"), as checks that say which rule an import breaks. */
import { posix } from 'node:path'
import ts from 'typescript'
import { parseSource, walk } from './source-files.ts'
import type { SourceText } from './source-files.ts'

export interface Import {
  specifier: string
  /** Whether it is there when the code runs: type imports are not. */
  isValue: boolean
}

/** Every way to name another module: imports, re-exports, `import()`, `require()`, and types by `import('…')`. */
export function importsOf(file: ts.SourceFile): Import[] {
  const imports: Import[] = []
  const add = (specifier: ts.Node | undefined, isValue: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      imports.push({ specifier: specifier.text, isValue })
    }
  }
  walk(file, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, !isTypeImport(node.importClause))
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, !node.isTypeOnly)
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression, true)
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, false)
    } else if (ts.isCallExpression(node) && isLoader(node.expression)) {
      add(node.arguments[0], true)
    }
  })
  return imports
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
}

function isLoader(callee: ts.Node): boolean {
  const isRequire = ts.isIdentifier(callee) && callee.text === 'require'
  return callee.kind === ts.SyntaxKind.ImportKeyword || isRequire
}

interface Layer {
  /** The files it is about. */
  files: RegExp
  rule: string
  /** Own files that these files may import. */
  own: RegExp
  /** Packages that these files may import, ours among them. */
  packages: RegExp
}

const NONE = /^\b$/
const OUR_PACKAGE = 'vue-event-stream'

/** The first that fits a file is its layer. */
const LAYERS: readonly Layer[] = [
  {
    files: /^src\/protocol\//,
    rule: 'src/protocol/ imports only src/protocol/, and no package',
    own: /^src\/protocol\//,
    packages: NONE,
  },
  {
    files: /^src\/client\//,
    rule: 'src/client/ imports only src/client/ and src/protocol/, and no package',
    own: /^src\/(client|protocol)\//,
    packages: NONE,
  },
  {
    files: /^src\/vue\//,
    rule: 'src/vue/ imports only src/vue/, src/client/, src/protocol/, vue and @vueuse/core',
    own: /^src\/(vue|client|protocol)\//,
    packages: /^(vue|@vueuse\/core)$/,
  },
  {
    files: /^src\/index\.ts$/,
    rule: 'src/index.ts imports only what is below it, and no package',
    own: /^src\/(vue|client|protocol)\//,
    packages: NONE,
  },
  {
    files: /^playground\/server\//,
    rule: 'playground/server/ imports of the library only vue-event-stream/protocol, never its source',
    own: /^playground\//,
    packages: /^(?!vue-event-stream(\/|$))|^vue-event-stream\/protocol$/,
  },
  {
    files: /^playground\//,
    rule: 'the playground imports of the library only its public entries, never its source',
    own: /^playground\//,
    packages: /^(?!vue-event-stream(\/|$))|^vue-event-stream(\/client|\/protocol)?$/,
  },
  {
    files: /^test\/package\//,
    rule: 'test/package/ imports of the library only its public entries, never its source',
    own: /^test\/(package|support)\//,
    packages: /^(?!vue-event-stream(\/|$))|^vue-event-stream(\/client|\/protocol)?$/,
  },
]

const INDEX_RULE = 'files of src/ import the file itself, never an index.ts'
const PATH_RULE = 'relative imports name an existing file with its ending'

/** Every import that breaks a rule, as `file imports '…': rule`. */
export function importViolations(sources: readonly SourceText[]): string[] {
  const paths = new Set(sources.map(({ path }) => path))
  return sources.flatMap((source) => {
    const { path } = source
    const layer = LAYERS.find(({ files }) => files.test(path))
    return importsOf(parseSource(source)).flatMap(({ specifier }) => {
      const rules = layer ? brokenRules(path, specifier, layer, paths) : [`no layer holds ${path}`]
      return rules.map((rule) => `${path} imports '${specifier}': ${rule}`)
    })
  })
}

function brokenRules(path: string, specifier: string, layer: Layer, paths: Set<string>): string[] {
  const target = resolve(path, specifier)
  if (target === undefined) return layer.packages.test(specifier) ? [] : [layer.rule]
  const rules: string[] = []
  if (!layer.own.test(target)) rules.push(layer.rule)
  const isEntry = path === 'src/index.ts'
  if (path.startsWith('src/') && !isEntry && /(^|\/)index\.ts$/.test(target)) rules.push(INDEX_RULE)
  const isCode = !/\.(css|svg|png|json|html)(\?.*)?$/.test(target)
  if (layer.own.test(target) && isCode && !paths.has(target)) rules.push(PATH_RULE)
  return rules
}

/** The file that a relative import names; undefined for a package. */
function resolve(path: string, specifier: string): string | undefined {
  if (!/^(\.|\/)/.test(specifier)) return undefined
  return posix.join(posix.dirname(path), specifier)
}

/** Statements of entries that are anything but a re-export. */
export function entryViolations(sources: readonly SourceText[]): string[] {
  return sources
    .filter(({ path }) => /^src\/([^/]+\/)?index\.ts$/.test(path))
    .flatMap((source) =>
      parseSource(source)
        .statements.filter((node) => !(ts.isExportDeclaration(node) && node.moduleSpecifier))
        .map((node) => `${source.path}: an index.ts only re-exports, but has: ${node.getText()}`),
    )
}

/**
 * Files that import each other in a circle when they run, each circle once. Circles of type imports are fine: nothing
 * is left of them, and the layers keep them within one folder.
 */
export function importCycles(sources: readonly SourceText[]): string[] {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(parseSource(source))
        .filter(({ isValue }) => isValue)
        .flatMap(
          ({ specifier }) => resolve(source.path, specifier) ?? publicEntry(specifier) ?? [],
        ),
    ]),
  )
  const cycles: string[] = []
  const done = new Set<string>()
  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path)
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return cycles
}

function publicEntry(specifier: string): string | undefined {
  if (specifier === OUR_PACKAGE) return 'src/index.ts'
  return specifier.startsWith(`${OUR_PACKAGE}/`)
    ? `src/${specifier.slice(OUR_PACKAGE.length + 1)}/index.ts`
    : undefined
}
