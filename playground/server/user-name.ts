/** The name somebody takes in the chat room: visible, and not able to disturb the text around it. */
import { LIMITS } from '../shared/contract.ts'
import { toUserName } from '../shared/user-name.ts'
import { RequestProblem } from './problem.ts'

export function readUserName(value: unknown, field: string): string {
  const name = typeof value === 'string' ? toUserName(value) : undefined
  if (name !== undefined) return name
  throw new RequestProblem(
    400,
    `"${field}" must be a name of 1 to ${LIMITS.nameChars} characters`,
    'Control characters are not allowed.',
  )
}
