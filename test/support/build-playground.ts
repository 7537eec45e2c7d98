/** Builds the pages and the server once for all end-to-end tests, as `npm start` would. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))

export default async function setup(): Promise<void> {
  const { NODE_ENV } = process.env
  // Vitest's own would make it a development build.
  process.env.NODE_ENV = 'production'
  for (const mode of ['playground', 'playground-server']) {
    await build({ configFile, mode, logLevel: 'warn' })
  }
  process.env.NODE_ENV = NODE_ENV
}
