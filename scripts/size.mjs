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
  ['parser', 'protocol/index.js', '{ createEventStreamParser as used }', 1400],
  ['client', 'client/index.js', '{ createEventStreamClient as used }', 13_600],
  ['useEventStream', 'index.js', '{ useEventStream as used }', 14_600],
  ['everything in "."', 'index.js', '* as used', 15_400],
]
/** Loaded on demand: only those who ask for what is in them pay for it. */
const LIMITS_ON_DEMAND = [
  ['position kept', 'cursor-store', 1000],
  ['shared in an app', 'shared-streams', 4000],
  ['shared by tabs', 'tab-connection', 8000],
]

mkdirSync(dirname(ENTRY), { recursive: true })
let chunks
for (const [name, file, imported, limit] of LIMITS) {
  chunks = await bundle(file, imported)
  judge(name, await sizeOf(chunks.filter(({ isNeeded }) => isNeeded)), limit)
}
for (const [name, file, limit] of LIMITS_ON_DEMAND) {
  judge(name, await sizeOf(chunks.filter(({ fileName }) => fileName.includes(file))), limit)
}

function judge(name, size, limit) {
  const isOver = size > limit || size === 0
  if (isOver) process.exitCode = 1
  console.log(`${isOver ? 'OVER' : ' ok '} ${name.padEnd(18)} ${size} of ${limit} bytes`)
}

/** The chunks of an app that uses this. */
async function bundle(file, imported) {
  // Used, and not exported: what an entry exports would be put into chunks for its sake.
  const from = JSON.stringify(DIST + file)
  writeFileSync(ENTRY, `import ${imported} from ${from}\nconsole.log(used)\n`)
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
      rolldownOptions: {
        external: /^(vue|@vueuse\/core)(\/|$)/,
        preserveEntrySignatures: false,
      },
    },
  })
  const byName = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const needed = new Set(output.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  // What is added while it runs is visited, too.
  for (const fileName of needed) byName.get(fileName)?.imports.forEach((name) => needed.add(name))
  return output.map(({ fileName, code }) => ({ fileName, code, isNeeded: needed.has(fileName) }))
}

async function sizeOf(parts) {
  let size = 0
  for (const { code } of parts) {
    const minified = await minify(code, { module: true, ecma: 2022, compress: { passes: 3 } })
    size += gzipSync(minified.code, { level: 9 }).length
  }
  return size
}
