/** The names of the format are those of the standard. */
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_EVENT_TYPE,
  DEFAULT_MAX_MESSAGE_SIZE_CHARS,
  EVENT_STREAM_MIME_TYPE,
  LAST_EVENT_ID_HEADER,
} from '../../src/protocol/constants.ts'

describe('constants', () => {
  it('are the names that the standard gives', () => {
    expect(EVENT_STREAM_MIME_TYPE).toBe('text/event-stream')
    expect(LAST_EVENT_ID_HEADER).toBe('Last-Event-ID')
    expect(DEFAULT_EVENT_TYPE).toBe('message')
  })

  it('bound a message by 16 Mi characters', () => {
    expect(DEFAULT_MAX_MESSAGE_SIZE_CHARS).toBe(16_777_216)
  })
})
