// @vitest-environment node
/** What cannot be had here, as an error. */
import { expect, it } from 'vitest'
import { isEventStreamError } from '../../../src/protocol/errors.ts'
import { unsupported } from '../../../src/client/transports/unsupported.ts'

it('says what is missing, and is final', () => {
  const error = unsupported('There is no EventSource here.')
  expect(isEventStreamError(error)).toBe(true)
  expect(error).toMatchObject({ code: 'unsupported', fatal: true })
  expect(error.message).toBe('There is no EventSource here.')
})
