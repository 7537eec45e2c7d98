// Builds test/chaos and runs it in a process of its own: `npm run chaos -- --seed 1 --events 10000`.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CACHE = join(ROOT, 'node_modules/.cache')

mkdirSync(CACHE, { recursive: true })
/** One for each run, so that several can go on at a time. */
const folder = mkdtempSync(join(CACHE, 'chaos-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

await build({
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: join(ROOT, 'test/chaos/chaos-command.ts'),
    outDir: folder,
    target: 'node20',
    sourcemap: true,
    rolldownOptions: { output: { entryFileNames: 'chaos.mjs' } },
  },
})
// Built rather than run from source: a heap with a compiler in it says nothing.
const flags = ['--expose-gc', '--enable-source-maps', join(folder, 'chaos.mjs')]
const child = spawn(process.execPath, [...flags, ...process.argv.slice(2)], { stdio: 'inherit' })
// Whoever ends this process means the run; its own end is the child's.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 1))
