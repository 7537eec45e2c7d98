/** Builds the pages and the server once for all end-to-end tests, as `npm start` would. */
import { build } from 'vite'
import { fileURLToPath } from 'node:url'

const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))

export default async function setup(): Promise<void> {
  for (const mode of ['playground', 'playground-server']) {
    await build({ configFile, mode, logLevel: 'warn' })
  }
}
