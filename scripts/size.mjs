// What the built package costs its users: minified by terser, gzip -9, with vue and @vueuse/core left out. Fails over a limit.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { minify } from 'terser'
import { build } from 'vite'

const DIST = fileURLToPath(new URL('../dist/', import.meta.url))
const ENTRY = fileURLToPath(new URL('../node_modules/.cache/size-entry.mjs', import.meta.url))

/** Bytes. A kB is 1000 of them. */
const LIMITS = [
  ['parser', 'protocol/index.js', '{ createEventStreamParser }', 1400],
  ['client', 'client/index.js', '{ createEventStreamClient }', 12_400],
  ['useEventStream', 'index.js', '{ useEventStream }', 13_350],
  ['everything in "."', 'index.js', '*', 13_650],
]

mkdirSync(dirname(ENTRY), { recursive: true })
let isOver = false
for (const [name, file, exported, limit] of LIMITS) {
  const size = await bundledSize(file, exported)
  isOver ||= size > limit
  console.log(`${size > limit ? 'OVER' : ' ok '} ${name.padEnd(18)} ${size} of ${limit} bytes`)
}
process.exitCode = isOver ? 1 : 0

async function bundledSize(file, exported) {
  writeFileSync(ENTRY, `export ${exported} from ${JSON.stringify(DIST + file)}\n`)
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      // Lib mode: an app's build would add its own loader to a lazy chunk.
      lib: { formats: ['es'], entry: ENTRY },
      rolldownOptions: { external: /^(vue|@vueuse\/core)(\/|$)/ },
    },
  })
  // Lazy chunks are counted apart: only those who ask for what is in them load them.
  const entry = output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry)
  const needed = [entry.fileName, ...entry.imports]
  let size = 0
  for (const { fileName, code } of output) {
    if (!needed.includes(fileName)) continue
    const minified = await minify(code, { module: true, ecma: 2022, compress: { passes: 3 } })
    size += gzipSync(minified.code, { level: 9 }).length
  }
  return size
}
