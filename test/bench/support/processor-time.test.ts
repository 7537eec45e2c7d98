// @vitest-environment node
import { expect, it } from 'vitest'
import { processorMs } from '../../../bench/support/processor-time.ts'

it('goes on while the process works', () => {
  const start = processorMs()
  for (const end = performance.now() + 30; performance.now() < end;);
  expect(processorMs()).toBeGreaterThan(start)
})
