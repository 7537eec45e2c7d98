/** Cuts at every byte: `npm run test:text`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/vue/use-text-stream.{shapes,cuts}.server.test.ts'],
    environment: 'node',
    env: { CUT_EVERY: '1' },
  },
})
