// Builds a TypeScript program and runs it in a Node of its own: `node scripts/run-built.mjs bench/memory/main.ts [arguments]`.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CACHE = join(ROOT, 'node_modules/.cache')

const [entry, ...rest] = process.argv.slice(2)

mkdirSync(CACHE, { recursive: true })
/** One for each run, so that several can go on at a time. */
const folder = mkdtempSync(join(CACHE, 'run-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Who looks for a file beside itself finds it where the source is. */
const keepUrls = {
  name: 'keep-urls',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null
    const url = JSON.stringify(pathToFileURL(id).href)
    return { code: code.replaceAll('import.meta.url', url), map: null }
  },
}

await build({
  root: ROOT,
  plugins: [keepUrls],
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: resolve(ROOT, entry),
    outDir: folder,
    target: 'node20',
    sourcemap: true,
    rolldownOptions: { output: { entryFileNames: 'main.mjs' } },
  },
})
// Built rather than run from source: a heap with a compiler in it says nothing.
const flags = ['--expose-gc', '--enable-source-maps', join(folder, 'main.mjs')]
const child = spawn(process.execPath, [...flags, ...rest], { stdio: 'inherit', cwd: ROOT })
// Whoever ends this process means the run; its own end is the child's.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 1))
