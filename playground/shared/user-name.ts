/** What a name in the chat room may be, for the page that asks for it and the server that decides. */
import { LIMITS } from './contract.ts'

/** Control characters, halves of characters, line separators, and what turns the writing direction. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

export const USER_NAME_RULE = `1 to ${LIMITS.nameChars} characters, some of them visible, no control characters`

/** The name as everybody will see it; undefined when it cannot be one. */
export function toUserName(text: string): string | undefined {
  const name = text.trim().normalize()
  const isName = name.length <= LIMITS.nameChars && VISIBLE.test(name) && !FORBIDDEN.test(name)
  return isName ? name : undefined
}
