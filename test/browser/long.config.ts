/** The tests that take minutes: `npm run test:hidden`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/browser/*.long.ts'],
    environment: 'node',
    testTimeout: 12 * 60_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
  },
})
