/** Development warnings: a permanent code, why, and what to do. Never rename or reuse a code. */
import type { Environment } from './environment.ts'

declare const process: { env: { NODE_ENV?: string } } | undefined

/** Referenced in development only, so bundlers drop it. */
const DIAGNOSTICS = {
  'undecodable-data': {
    why: 'A message was dropped because its data is not JSON.',
    fix: "Set decode: 'text' (or a function, or a map by event type), and onError to hear of each one.",
  },
  'unsendable-id': {
    why: 'The last event ID cannot be sent in a header, so the server does not know where to go on.',
    fix: 'Ids must be free of control characters and take at most 4096 bytes.',
  },
}

/** Warns once it is called, in development builds only. */
export function warn(
  environment: Environment,
  code: keyof typeof DIAGNOSTICS,
  subject: string,
): void {
  if (typeof process !== 'undefined' && process.env.NODE_ENV !== 'production') {
    const { why, fix } = DIAGNOSTICS[code]
    environment.warn(`[vue-event-stream] ${code} (${subject}): ${why} ${fix}`)
  }
}
