// What an app downloads for what it imports: bundled as an app is, minified by terser, gzip -9, without vue and @vueuse/core.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { minify } from 'terser'
import { build } from 'vite'

const ENTRY = fileURLToPath(new URL('../node_modules/.cache/size-entry.mjs', import.meta.url))

/**
 * The chunks of an app, by their names.
 * @param imports Pairs of what is imported (`*` for all), and the file that has it.
 * @param plugins Of Vite.
 */
export async function bundle(imports, plugins = []) {
  // Used, and not exported: what an entry exports would be put into chunks for its sake.
  const lines = imports.map(([name, file], index) => {
    const what = name === '*' ? `* as used${index}` : `{ ${name} as used${index} }`
    return `import ${what} from ${JSON.stringify(file)}\nconsole.log(used${index})\n`
  })
  mkdirSync(dirname(ENTRY), { recursive: true })
  writeFileSync(ENTRY, lines.join(''))
  const [{ output }] = await build({
    plugins,
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      sourcemap: true,
      // Lib mode: an app's build would add its own loader to a lazy chunk.
      lib: { formats: ['es'], entry: ENTRY },
      rolldownOptions: {
        external: /^(vue|@vueuse\/core)(\/|$)/,
        preserveEntrySignatures: false,
      },
    },
  })
  const chunks = output.filter(({ type }) => type === 'chunk')
  return new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
}

/** The names of all chunks without which the one that is found does not run. */
export function neededBy(chunks, isFound) {
  const found = [...chunks.values()].filter((chunk) => isFound(chunk))
  const needed = new Set(found.map(({ fileName }) => fileName))
  // What is added while it runs is visited, too.
  for (const name of needed) {
    for (const other of chunks.get(name).imports) if (chunks.has(other)) needed.add(other)
  }
  return needed
}

/** Gives the code, and its map to the sources. */
export function minifyChunk({ code, map }) {
  return minify(code, {
    module: true,
    ecma: 2022,
    compress: { passes: 3 },
    sourceMap: { content: map, asObject: true },
  })
}

export function gzipSize(text) {
  return gzipSync(text, { level: 9 }).length
}

/** How many bytes these chunks are, each by itself. */
export async function sizeOf(chunks, names) {
  let size = 0
  for (const name of names) size += gzipSize((await minifyChunk(chunks.get(name))).code)
  return size
}
