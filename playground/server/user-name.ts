/** The name somebody takes in the chat room: visible, and not able to disturb the text around it. */
import { LIMITS } from '../shared/contract.ts'
import { RequestProblem } from './problem.ts'

/** Control characters, halves of characters, line separators, and what turns the writing direction. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

export function readUserName(value: unknown, field: string): string {
  const name = typeof value === 'string' ? value.trim().normalize() : ''
  if (name.length <= LIMITS.nameChars && VISIBLE.test(name) && !FORBIDDEN.test(name)) return name
  throw new RequestProblem(
    400,
    `"${field}" must be a name of 1 to ${LIMITS.nameChars} characters`,
    'Control characters are not allowed.',
  )
}
