// @vitest-environment node
/** Which messages are signs of life. */
import { describe, expect, it } from 'vitest'
import { isHeartbeat } from '../../../src/client/delivery/heartbeat.ts'

describe('isHeartbeat', () => {
  it.each([
    ['heartbeat', true],
    ['ping', true],
    ['message', false],
    ['PING', false],
    ['', false],
  ])('says of %j: %s', (type, expected) => {
    expect(isHeartbeat(type)).toBe(expected)
  })
})
