/** The scripts of the pages, with the library in them as a bundler makes it of the source: some are loaded later. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { LATER } from './page-server.ts'
import type { Rolldown } from 'vite'

/** The texts by their path. */
export type PageScripts = Record<string, string>

/**
 * @param file The script beside this one; its text goes under `/page.js`.
 * @param mode `development`: with the warnings.
 */
export async function buildPageScripts(
  file = 'page-script.ts',
  mode: 'production' | 'development' = 'production',
): Promise<PageScripts> {
  const entry = fileURLToPath(new URL(file, import.meta.url))
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      rolldownOptions: {
        input: entry,
        output: {
          entryFileNames: 'page.js',
          chunkFileNames: ({ isDynamicEntry }) =>
            `${isDynamicEntry ? LATER : 'assets'}/[name]-[hash].js`,
        },
      },
    },
  })
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput
  const scripts: PageScripts = {}
  for (const chunk of output) if (chunk.type === 'chunk') scripts[`/${chunk.fileName}`] = chunk.code
  return scripts
}
