import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { playgroundServer } from './playground/server/vite-plugin.ts'
import { CHROMIUM_ARGS, findChromium } from './scripts/chromium.mjs'
import type { UserConfig } from 'vite'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

const alias = [
  { find: /^vue-event-stream$/, replacement: path('./src/index.ts') },
  { find: /^vue-event-stream\/(client|protocol)$/, replacement: `${path('./src')}/$1/index.ts` },
]

/** `vite build`: the three entries of package.json, everything they need from npm left outside. */
const library: UserConfig['build'] = {
  target: 'es2022',
  sourcemap: true,
  minify: false,
  lib: {
    formats: ['es'],
    entry: {
      index: path('./src/index.ts'),
      'client/index': path('./src/client/index.ts'),
      'protocol/index': path('./src/protocol/index.ts'),
    },
  },
  rolldownOptions: {
    external: /^(vue|@vueuse\/core)(\/|$)/,
    output: {
      // Apps name their chunks after these, and give them a hash of their own.
      chunkFileNames: 'shared/[name].js',
      // What reads NDJSON is exported and loaded on demand: in a chunk of its own, so that nobody else has it.
      codeSplitting: {
        groups: [
          { name: 'parse-event-stream', test: /parse-event-stream/, priority: 4 },
          { name: 'connection', test: /connection.connection\.ts/, priority: 3 },
          { name: 'parse-ndjson', test: /parse-ndjson/, priority: 2 },
          { name: 'read-format', test: /read-format/, priority: 2 },
          { name: 'ndjson', test: /formats.ndjson/, priority: 1 },
        ],
      },
    },
  },
}

/** `--mode playground`: the pages; `--mode playground-server`: the server that `npm start` runs. */
const playground: UserConfig['build'] = {
  outDir: path('./playground/dist/client'),
  emptyOutDir: true,
}
const server: UserConfig['build'] = {
  outDir: path('./playground/dist/server'),
  emptyOutDir: true,
  ssr: path('./playground/server/main.ts'),
  target: 'node20',
}

export default defineConfig(({ mode }) => {
  const isPlayground = mode.startsWith('playground')
  return {
    root: isPlayground ? path('./playground') : path('./'),
    plugins: [vue(), isPlayground && [tailwindcss(), playgroundServer()]],
    resolve: { alias },
    build: mode === 'playground' ? playground : mode === 'playground-server' ? server : library,
    test: {
      restoreMocks: true,
      unstubGlobals: true,
      reporters: ['default', ['json', { outputFile: 'node_modules/.cache/test-results.json' }]],
      coverage: { include: ['src/**/*.ts'], reporter: ['text', 'json-summary'] },
      projects: [
        {
          extends: true,
          test: {
            name: 'unit',
            environment: 'happy-dom',
            include: ['test/**/*.test.ts'],
            exclude: ['test/**/*.{server,ssr,browser,e2e,memory}.test.ts'],
          },
        },
        {
          extends: true,
          test: {
            name: 'server',
            environment: 'node',
            include: ['test/**/*.{server,ssr}.test.ts'],
          },
        },
        {
          extends: true,
          test: {
            name: 'memory',
            environment: 'happy-dom',
            include: ['test/**/*.memory.test.ts'],
            pool: 'forks',
            execArgv: ['--expose-gc'],
          },
        },
        {
          extends: true,
          test: {
            name: 'types',
            include: [],
            typecheck: {
              enabled: true,
              only: true,
              checker: 'vue-tsc',
              include: ['test/types/**/*.test-d.ts'],
            },
          },
        },
        {
          extends: true,
          test: {
            name: 'browser',
            include: ['test/**/*.browser.test.ts'],
            globalSetup: ['./test/support/browser-server.ts'],
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({
                launchOptions: { executablePath: findChromium(), args: CHROMIUM_ARGS },
              }),
              instances: [{ browser: 'chromium' }],
            },
          },
        },
        {
          extends: true,
          test: {
            name: 'e2e',
            environment: 'node',
            include: ['test/**/*.e2e.test.ts'],
            globalSetup: ['./test/support/build-playground.ts'],
            fileParallelism: false,
            testTimeout: 60_000,
            hookTimeout: 60_000,
          },
        },
      ],
    },
  }
})
