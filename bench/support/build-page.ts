/** The script of a measured page, made as an app's build makes it: for production, minified, with Vue components. */
import vue from '@vitejs/plugin-vue'
import { resolve } from 'node:path'
import { build } from 'vite'
import type { Rolldown } from 'vite'

/** The entry's text is under `/page.js`; what it loads later has names of its own. */
export type PageScripts = Record<string, string>

const alias = [
  { find: /^vue-event-stream$/, replacement: resolve('src/index.ts') },
  { find: /^vue-event-stream\/(client|protocol)$/, replacement: `${resolve('src')}/$1/index.ts` },
]

/**
 * @param entry From the root of the project.
 * @param isReadable Not minified, for profiles.
 */
export async function buildPage(entry: string, isReadable = false): Promise<PageScripts> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [vue()],
    resolve: { alias },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2022',
      minify: !isReadable,
      // A page starts at once: nothing is to be loaded ahead, and no style is there.
      modulePreload: false,
      rolldownOptions: {
        input: resolve(entry),
        output: { entryFileNames: 'page.js', chunkFileNames: 'assets/[name]-[hash].js' },
      },
    },
  })
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput
  const scripts: PageScripts = {}
  for (const chunk of output) if (chunk.type === 'chunk') scripts[`/${chunk.fileName}`] = chunk.code
  return scripts
}
