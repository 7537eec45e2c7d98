// @vitest-environment node
/** A stream with a fallback, while the code that chooses never comes. */
import { expect, it, vi } from 'vitest'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { useTestStreams } from '../../support/test-streams.ts'

vi.mock(
  import('../../../src/client/connection/transport-choice.ts'),
  () => new Promise<never>(() => {}),
)

const start = useTestStreams()

it('costs one attempt, and then the fallback', async () => {
  const stream = await start({
    fallback: { transport: pollingTransport() },
    reconnect: { jitter: 0 },
  })
  await stream.advance(15_000)
  expect(stream.errors).toMatchObject([{ code: 'connect-timeout' }])
  expect(stream.requests).toHaveLength(0)
  await stream.advance(1000)
  expect(stream.requests).toHaveLength(1)
  await stream.open()
  expect(stream.client.status).toBe('open')
})
