/** The scripts of the pages, with the library in them as a bundler makes it of the source: some are loaded later. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { Rolldown } from 'vite'

/** The texts by their path. */
export type PageScripts = Record<string, string>

const ENTRY = fileURLToPath(new URL('page-script.ts', import.meta.url))

export async function buildPageScripts(): Promise<PageScripts> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      rolldownOptions: { input: ENTRY, output: { entryFileNames: 'page.js' } },
    },
  })
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput
  const scripts: PageScripts = {}
  for (const file of output) if (file.type === 'chunk') scripts[`/${file.fileName}`] = file.code
  return scripts
}
