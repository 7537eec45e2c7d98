/** Builds apps as their authors do, for production, on the package as it is published. */
import { posix } from 'node:path'
import { build } from 'vite'
import { ROOT } from './source-files.ts'
import type { Plugin, Rolldown } from 'vite'

/** The code of the package's files by their names: `client/index.js`. */
export type PackageFiles = ReadonlyMap<string, string>

const EXTERNAL = /^(vue|@vueuse\/core)(\/|$)/
const APP = 'app'
const PREFIX = '\0package:'

async function buildChunks(config: Parameters<typeof build>[0]): Promise<Rolldown.OutputChunk[]> {
  const result = await build({ root: ROOT, logLevel: 'warn', ...config })
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput
  return output.filter((file) => file.type === 'chunk')
}

/** `npm run build`, without writing anything. */
export async function buildPackage(): Promise<PackageFiles> {
  const chunks = await buildChunks({ mode: 'production', build: { write: false } })
  return new Map(chunks.map(({ fileName, code }) => [fileName, code]))
}

/** All code of an app, also what it loads on demand; without vue. */
export async function buildApp(files: PackageFiles, code: string): Promise<string> {
  return (await buildAppChunks(files, code)).join('\n')
}

/** First what an app starts with, then what it loads on demand. */
export async function buildAppChunks(files: PackageFiles, code: string): Promise<string[]> {
  const chunks = await buildChunks({
    configFile: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [servePackage(files, code)],
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: APP, external: EXTERNAL },
    },
  })
  const entry = chunks.find(({ isEntry }) => isEntry)!
  const isNeeded = ({ fileName }: Rolldown.OutputChunk): boolean => entry.imports.includes(fileName)
  const atOnce = [entry, ...chunks.filter(isNeeded)]
  const later = chunks.filter((chunk) => !atOnce.includes(chunk))
  return [atOnce.map((chunk) => chunk.code).join('\n'), ...later.map((chunk) => chunk.code)]
}

/** The package is there as if it were installed. */
function servePackage(files: PackageFiles, app: string): Plugin {
  return {
    name: 'serve-package',
    enforce: 'pre',
    resolveId(id, importer) {
      if (id === APP) return `${PREFIX}${APP}`
      const [, entry] = /^vue-event-stream(?:\/(\w+))?$/.exec(id) ?? []
      if (id.startsWith('vue-event-stream')) return resolved(posix.join(entry ?? '', 'index.js'))
      if (!importer?.startsWith(PREFIX) || !id.startsWith('.')) return undefined
      return resolved(posix.join(posix.dirname(importer.slice(PREFIX.length)), id))
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return undefined
      const name = id.slice(PREFIX.length)
      const code = name === APP ? app : files.get(name)
      if (code === undefined) throw new Error(`The package has no ${name}`)
      return { code, map: null }
    },
  }

  // As package.json says.
  function resolved(name: string): { id: string; moduleSideEffects: boolean } {
    return { id: `${PREFIX}${name}`, moduleSideEffects: false }
  }
}
