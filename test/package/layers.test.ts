// @vitest-environment node
/** The architecture as tests: who imports whom, who touches the platform, what has a test. Each names the rule. */
import { describe, expect, it } from 'vitest'
import { platformGlobals } from './free-globals.ts'
import { entryViolations, importCycles, importViolations, importsOf } from './import-rules.ts'
import { filesWithoutTests, hasOwnCode } from './mirrors.ts'
import { listFiles, parseSource, readSources } from './source-files.ts'
import type { SourceText } from './source-files.ts'

const MAX_LINES = 350
/** The one file of each layer that may touch the platform. */
const PLATFORM_FILES = ['src/client/environment.ts', 'src/protocol/text-decoder.ts']

const lib = readSources('src')
const sources = [...lib, ...readSources('playground', 'test/package', 'test/support')]

const file = (path: string, text: string): SourceText => ({ path, text })
const isPlatformFile = ({ path }: SourceText): boolean => PLATFORM_FILES.includes(path)
const tooLong = (files: readonly SourceText[]): string[] =>
  files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines, over ${MAX_LINES}`)

describe('the source', { timeout: 60_000 }, () => {
  it('is what these tests read', () => {
    const paths = sources.map(({ path }) => path)
    expect(paths).toContain('src/index.ts')
    expect(paths).toContain('src/protocol/parse-event-stream.ts')
    expect(paths).toContain('playground/App.vue')
    expect(paths).toContain('playground/server/app.ts')
    expect(paths).toContain('test/package/layers.test.ts')
  })

  it('imports only what its layer may', () => {
    expect(
      importViolations(sources.filter(({ path }) => !path.startsWith('test/support/'))),
    ).toEqual([])
  })

  it('has entries that only re-export', () => {
    expect(entryViolations(lib)).toEqual([])
  })

  it('has no files that import each other in a circle', () => {
    expect(importCycles(sources)).toEqual([])
  })

  it('uses network, time, chance and the page through environment.ts only', () => {
    expect(platformGlobals(lib.filter((source) => !isPlatformFile(source)))).toEqual([])
  })

  it(`has files of at most ${MAX_LINES} lines`, () => {
    expect(tooLong(lib)).toEqual([])
  })

  it('has a test file for every file with code: src/a/b.ts -> test/a/b.test.ts', () => {
    expect(filesWithoutTests(lib, listFiles(['test'], /\.test\.ts$/))).toEqual([])
  })
})

describe('importsOf', () => {
  it('finds every way to name a module', () => {
    const text = `
      import a, { b } from 'one'
      import 'two'
      import type { C } from 'three'
      export { d } from 'four'
      export * from 'five'
      export type { E } from 'six'
      const f = await import('seven')
      const g = require('eight')
      import h = require('nine')
      let i: import('ten').I
      const j = 'from "eleven"' // import 'twelve'`
    expect(importsOf(parseSource(file('a.ts', text)))).toEqual([
      { specifier: 'one', isValue: true },
      { specifier: 'two', isValue: true },
      { specifier: 'three', isValue: false },
      { specifier: 'four', isValue: true },
      { specifier: 'five', isValue: true },
      { specifier: 'six', isValue: false },
      { specifier: 'seven', isValue: true },
      { specifier: 'eight', isValue: true },
      { specifier: 'nine', isValue: true },
      { specifier: 'ten', isValue: false },
    ])
  })

  it('reads both scripts of a component', () => {
    const text = `<script lang="ts">import 'one'</script><script setup lang="ts">import 'two'</script>
      <template><p>import 'three'</p></template>`
    const found = importsOf(parseSource(file('a.vue', text))).map(({ specifier }) => specifier)
    expect(found).toEqual(['one', 'two'])
  })
})

describe('importViolations', () => {
  const targets = [
    'src/index.ts',
    'src/client/a.ts',
    'src/client/index.ts',
    'src/vue/a.ts',
    'src/protocol/a.ts',
  ].map((path) => file(path, ''))

  it.each([
    ['src/protocol/b.ts', '../client/a.ts', 'src/protocol/ imports only'],
    ['src/protocol/b.ts', 'node:fs', 'src/protocol/ imports only'],
    ['src/client/b.ts', '../vue/a.ts', 'src/client/ imports only'],
    ['src/client/b.ts', 'vue', 'src/client/ imports only'],
    ['src/client/b.ts', './index.ts', 'never an index.ts'],
    ['src/client/b.ts', './missing.ts', 'name an existing file'],
    ['src/client/b.ts', './a', 'name an existing file'],
    ['src/client/transports/b.ts', '../index.ts', 'never an index.ts'],
    ['src/vue/b.ts', '@vueuse/shared', 'src/vue/ imports only'],
    ['src/vue/b.ts', 'vue/compiler-sfc', 'src/vue/ imports only'],
    ['src/vue/b.ts', 'vue-event-stream', 'src/vue/ imports only'],
    ['src/vue/b.ts', '../index.ts', 'never an index.ts'],
    ['src/index.ts', 'vue', 'no package'],
    ['src/index.ts', '../playground/main.ts', 'no package'],
    ['src/new/b.ts', './c.ts', 'no layer holds'],
    ['playground/main.ts', '../src/index.ts', 'never its source'],
    ['playground/main.ts', 'vue-event-stream/src/index.ts', 'public entries'],
    ['playground/pages/B.vue', '../../src/vue/a.ts', 'never its source'],
    ['playground/server/b.ts', 'vue-event-stream', 'only vue-event-stream/protocol'],
    ['playground/server/b.ts', 'vue-event-stream/client', 'only vue-event-stream/protocol'],
    ['playground/server/b.ts', '../../src/protocol/a.ts', 'never its source'],
    ['test/package/b.test.ts', '../../src/index.ts', 'never its source'],
  ])('refuses %s -> %s', (path, specifier, rule) => {
    const forms = [
      `import { a } from '${specifier}'`,
      `import type { A } from '${specifier}'`,
      `export * from '${specifier}'`,
      `const a = await import('${specifier}')`,
    ]
    for (const form of forms) {
      const text = path.endsWith('.vue') ? `<script setup lang="ts">${form}</script>` : form
      const violations = importViolations([...targets, file(path, text)])
      expect(violations.join()).toContain(`${path} imports '${specifier}': `)
      expect(violations.join()).toContain(rule)
    }
  })

  it.each([
    ['src/protocol/b.ts', './a.ts'],
    ['src/client/b.ts', './a.ts'],
    ['src/client/b.ts', '../protocol/a.ts'],
    ['src/vue/b.ts', '../client/a.ts'],
    ['src/vue/b.ts', 'vue'],
    ['src/vue/b.ts', '@vueuse/core'],
    ['src/index.ts', './client/index.ts'],
    ['playground/main.ts', 'vue-event-stream/client'],
    ['playground/main.ts', './style.css'],
    ['playground/server/b.ts', 'vue-event-stream/protocol'],
    ['playground/server/b.ts', 'node:http'],
  ])('lets pass %s -> %s', (path, specifier) => {
    const source = file(path, `import { a } from '${specifier}'`)
    expect(importViolations([...targets, source])).toEqual([])
  })
})

describe('entryViolations', () => {
  it('refuses anything but a re-export in an index.ts', () => {
    const bad = ["import './a.ts'", 'export const a = 1', 'export {}', 'doIt()', 'export default 1']
    for (const text of bad) {
      expect(entryViolations([file('src/client/index.ts', text)])).toHaveLength(1)
    }
    const good =
      "export { a } from './a.ts'\nexport * from './b.ts'\nexport type { C } from './c.ts'"
    expect(entryViolations([file('src/index.ts', good)])).toEqual([])
  })
})

describe('importCycles', () => {
  it('finds a circle over several files and says its way', () => {
    const files = [
      file('src/a.ts', "import { b } from './b.ts'"),
      file('src/b.ts', "export { c } from './c/c.ts'"),
      file('src/c/c.ts', "const a = await import('../a.ts')"),
    ]
    expect(importCycles(files)).toEqual(['src/a.ts → src/b.ts → src/c/c.ts → src/a.ts'])
  })

  it('finds a file that imports itself, also by the public entry', () => {
    const files = [
      file('src/index.ts', "export { a } from './a.ts'"),
      file('src/a.ts', "import { a } from 'vue-event-stream'"),
      file('src/b.ts', "import { b } from './b.ts'"),
    ]
    expect(importCycles(files)).toHaveLength(2)
  })

  it('takes no diamond and no circle of types for one', () => {
    const files = [
      file('src/a.ts', "import './b.ts'\nimport './c.ts'"),
      file('src/b.ts', "import './d.ts'"),
      file('src/c.ts', "import './d.ts'"),
      file('src/d.ts', "import type { A } from './a.ts'"),
    ]
    expect(importCycles(files)).toEqual([])
  })
})

describe('platformGlobals', () => {
  it.each([
    ['fetch', "fetch('/a')"],
    ['setTimeout', 'const timer = setTimeout(() => {}, 1)'],
    ['Date', 'const now = Date.now()'],
    ['Date', 'const now = new Date()'],
    ['Math.random', 'const a = Math.random()'],
    ['Math.random', "const a = Math['random']()"],
    ['Math.random', 'const a = Math.random'],
    ['AbortSignal.timeout', 'const signal = AbortSignal.timeout(5)'],
    ['globalThis', 'globalThis.fetch()'],
    ['window', "window['fetch']()"],
    ['document', 'const { baseURI } = document'],
    ['fetch', 'const io = { fetch }'],
    ['fetch', 'const io = { fetch: fetch }'],
    ['fetch', 'const f = options.fetch ?? fetch'],
    ['localStorage', 'const key = `${localStorage}`'],
    ['console', 'function f(a = console) {}'],
    ['setTimeout', 'class A { timer = setTimeout }'],
    ['EventSource', 'class A extends EventSource {}'],
    ['EventSource', 'const A = class extends EventSource implements Document {}'],
    ['fetch', 'const a: A<Window> = f<Document>(fetch)'],
    ['fetch', 'const a = fetch as typeof document'],
    ['navigator', 'if (typeof navigator === "undefined") f()'],
    ['fetch', '{ const fetch = 1 }\nfetch()'],
    ['performance', 'export default performance'],
    ['import.meta', 'const env = import.meta.env'],
  ])('finds %s in: %s', (name, text) => {
    const path = 'src/client/a.ts'
    expect(platformGlobals([file(path, `${text}\nexport {}`)])).toEqual([`${path}: ${name}`])
  })

  it.each([
    'environment.setTimeout(() => {}, 1)',
    "import { fetch } from './a.ts'\nfetch()",
    'export function f(fetch: () => void): void { fetch() }',
    'const { setTimeout } = environment\nsetTimeout()',
    'const { setTimeout: later } = environment',
    'const io = { fetch: own, setTimeout() {}, get Date() { return 1 } }',
    "const date = Date.parse('2026-01-01')",
    'interface Environment { fetch(input: string): void; document: Document }',
    "interface A extends Document {}\nlet a: typeof fetch\nlet b: Environment['fetch']\nlet c: Date\nlet d: Window",
    'const a = Math.max(1, 2)',
    'const a = own.Math.random()',
    "const text = 'fetch' // fetch()",
    'const a = environment.window',
    'class A { console = 1; document() {} }',
  ])('finds nothing in: %s', (text) => {
    expect(platformGlobals([file('src/client/a.ts', `${text}\nexport {}`)])).toEqual([])
  })

  it('finds the platform in the file that is for it', () => {
    const found = platformGlobals(lib.filter(isPlatformFile)).join()
    for (const name of ['fetch', 'setTimeout', 'Date', 'Math.random', 'console', 'globalThis']) {
      expect(found).toContain(`src/client/environment.ts: ${name}`)
    }
  })
})

describe('filesWithoutTests', () => {
  const code = (path: string): SourceText => file(path, 'export const a = 1')

  it('takes a test of any kind that bears the name, in the same folder', () => {
    const tests = ['test/a/b.test.ts', 'test/a/c.server.test.ts', 'test/index.test.ts']
    const files = ['src/a/b.ts', 'src/a/c.ts', 'src/index.ts'].map(code)
    expect(filesWithoutTests(files, tests)).toEqual([])
  })

  it('names a file whose test is missing, elsewhere, or for another name', () => {
    const tests = ['test/b.test.ts', 'test/a/b-c.test.ts', 'test/a/b.ts', 'test/types/b.test-d.ts']
    expect(filesWithoutTests([code('src/a/b.ts')], tests)).toEqual(['src/a/b.ts'])
  })

  it.each([
    [false, 'interface A {}\nexport type B = string'],
    [false, "import type { A } from './a.ts'\nexport interface B extends A {}"],
    [false, "export { a } from './a.ts'\nexport * from './b.ts'\nexport type { C } from './c.ts'"],
    [false, 'declare const a: string\nexport {}'],
    [true, 'export const a = 1'],
    [true, 'export const A: unique symbol = Symbol()'],
    [true, 'interface A {}\nexport function f() {}'],
    [true, 'export enum A { B }'],
    [true, "import './a.ts'"],
    [true, "import { a } from './a.ts'\nexport { a }"],
    [true, 'start()'],
  ])('says %s to code in: %s', (expected, text) => {
    expect(hasOwnCode(parseSource(file('src/a.ts', text)))).toBe(expected)
  })
})

describe('the limit of lines', () => {
  it(`is ${MAX_LINES}`, () => {
    expect(tooLong([file('src/a.ts', 'a\n'.repeat(MAX_LINES))])).toEqual([])
    expect(tooLong([file('src/a.ts', 'a\n'.repeat(MAX_LINES + 1))])).toHaveLength(1)
  })
})
