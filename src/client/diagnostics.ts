/** Development warnings: a permanent code, why, and what to do. Never rename or reuse a code. */
import { warnOnConsole } from './environment.ts'
import type { Environment } from './environment.ts'

/** Bundlers replace `process.env.NODE_ENV` as a whole, and nothing shorter. */
declare const process: { env: { NODE_ENV?: string } }

/** Referenced in development only, so bundlers drop it. */
const DIAGNOSTICS = {
  'undecodable-data': {
    why: 'A message was dropped because its data is not JSON.',
    fix: "Set decode: 'text' (or a function, or a map by event type), and onError to hear of each one.",
  },
}
const given = /* @__PURE__ */ new WeakMap<Environment, Set<string>>()

/** Warns in development builds, once for each code and stream. */
export function warn(
  environment: Environment,
  code: keyof typeof DIAGNOSTICS,
  subject: string,
): void {
  try {
    if (process.env.NODE_ENV !== 'production') {
      const codes = given.get(environment) ?? new Set()
      given.set(environment, codes)
      if (codes.has(code)) return
      codes.add(code)
      const { why, fix } = DIAGNOSTICS[code]
      const send = environment.warn ?? warnOnConsole
      send(`[vue-event-stream] ${code} (${subject}): ${why} ${fix}`)
    }
  } catch {
    // Without a bundler a browser has no `process`: no development build, no warnings.
  }
}
