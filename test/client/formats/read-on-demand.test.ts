// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { read } from '../../../src/client/formats/read-on-demand.ts'
import { createTestAttempt } from '../transports/test-attempt.ts'

describe('read', () => {
  it('takes each line for the data of a message', async () => {
    const test = createTestAttempt({ maxMessageSize: 9 })
    test.lastEventId = '7'
    await read(new Response('{"a":1}\n2'), test.attempt)
    expect(test.heardOf('message')).toEqual([
      { type: 'message', data: '{"a":1}', lastEventId: '7' },
      { type: 'message', data: '2', lastEventId: '7' },
    ])
    await expect(read(new Response('1234567890'), test.attempt)).rejects.toMatchObject({
      code: 'message-too-large',
    })
  })
})
