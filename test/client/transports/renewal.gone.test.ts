// @vitest-environment node
/** A stream that is to be handed over, while the code for that is gone. */
import { expect, it, vi } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'

vi.mock(import('../../../src/client/transports/renewal.ts'), () => {
  throw new Error('404')
})

const start = useTestStreams()

it('is as any other stream, and says so in development', async () => {
  const stream = await start({ renew: { on: 'draining' } })
  await vi.dynamicImportSettled()
  await settle()
  await stream.open()
  await stream.request.push('id: 1\nevent: draining\ndata: 1\n\nid: 2\ndata: 2\n\n')
  await stream.advance(60_000)
  expect(stream.requests).toHaveLength(1)
  expect(stream.data).toEqual([1, 2])
  expect(stream.errors).toEqual([])
  expect(stream.warnings.join()).toMatch('renew-not-loaded')
})
