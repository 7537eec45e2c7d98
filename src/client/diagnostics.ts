/** Development warnings: a permanent code, why, and what to do. Never rename or reuse a code. */
import { warnOnConsole } from './environment.ts'
import type { Environment } from './environment.ts'

/** Bundlers replace `process.env.NODE_ENV` as a whole, and nothing shorter. */
declare const process: { env: { NODE_ENV?: string } }

/** Referenced in development only, so bundlers drop it. */
const DIAGNOSTICS = {
  'undecodable-data': {
    why: 'A message was dropped because its data could not be decoded.',
    fix: "Set decode: 'text' (or a function, or a map by event type), and onError to hear of each one.",
  },
  'load-failed': {
    why: 'A state could not be loaded: the last one is shown, and it is tried again while the stream is open.',
    fix: "See the error; show the ref 'error' of useEventStreamState, and set onError to hear of each one.",
  },
  'invalid-data': {
    why: 'A message was dropped because its schema found its data wrong.',
    fix: 'Mend the schema or what the server sends; onError hears of each one, with the issues.',
  },
  'no-heartbeat': {
    why: 'The connection was silent for over a minute and the server sends no heartbeats, so a dead one goes unnoticed.',
    fix: 'Let the server send a comment (a line of a colon) every 15 to 30 seconds.',
  },
  'unsendable-id': {
    why: 'Only without the header Last-Event-ID did the server of this other origin answer, so messages may be missing. (It may also just have been down.)',
    fix: "Let it allow the header (Access-Control-Allow-Headers: Last-Event-ID), or set resume: { via: 'query' }.",
  },
  'unsettled-handlers': {
    why: 'The promises of handlers for so many messages have not settled, so nothing more is read until some have.',
    fix: 'Let them settle, or return nothing from handlers that nobody has to wait for.',
  },
  'unshared-streams': {
    why: 'Two streams to this URL have a connection each, and a browser has six of them for a server over HTTP/1.1.',
    fix: "Set share: 'app' for both, with the same options (functions count by reference: define them once, outside of the component; a queue with overflow: 'pause' is never shared).",
  },
  'many-streams': {
    why: 'A browser has six connections for all tabs of a server over HTTP/1.1; streams keep them, and the seventh request waits for ever.',
    fix: "Let streams share (share: 'app', or 'tabs' for all tabs), put several into one, or serve over HTTP/2.",
  },
  'not-shared': {
    why: 'The stream has a connection of its own, because the code that shares could not be loaded.',
    fix: 'See the error; after a deployment old pages may ask for files that are gone.',
  },
  'tabs-not-shared': {
    why: 'Other tabs do not share this stream; the streams of this page do.',
    fix: "For share: 'tabs' give the user's id as identity (null for a public stream) and a URL that is no function, and serve the page over https.",
  },
  'renew-impossible': {
    why: 'The stream is not handed over to its next connection, so what ends this one is a loss as any other.',
    fix: 'Give all messages ids. A request that may be repeated though it has effects, or an option request, needs reconnect: true; resume.request cannot be combined with renew.',
  },
  'renew-too-often': {
    why: 'A new connection was to be replaced again at once, which is put off by this time.',
    fix: 'Let headers give a new token once renew.lead is left of the old one, and let renew.lead be shorter than tokens live. A server that drains should not take new connections.',
  },
  'renew-not-loaded': {
    why: 'The stream is not handed over to its next connection, because the code for it could not be loaded.',
    fix: 'See the error; after a deployment old pages may ask for files that are gone.',
  },
  'resume-without-key': {
    why: 'A position cannot be stored for a URL that is known only when it is asked for.',
    fix: 'Set resume.key to a text that names what is streamed.',
  },
  'fallback-unavailable': {
    why: 'The stream does without its fallback, because the code for it could not be loaded.',
    fix: 'See the error; the next attempt tries to load it again.',
  },
  'storage-unavailable': {
    why: 'The position is not kept over a reload, because the storage cannot be used.',
    fix: 'See the error; the stream itself goes on.',
  },
  'tabs-unreachable': {
    why: 'The other tabs could not be told something, so they may be behind, or have a connection of their own.',
    fix: 'See the error: most likely the browser allows no Web Locks or no BroadcastChannel here.',
  },
}
const given = /* @__PURE__ */ new WeakMap<Environment, Set<string>>()

/**
 * Warns in development builds, once for each code and stream.
 * @param subject As a function where it has to be made: production builds do not.
 * @param isTrue Whether there is something to warn of: production builds do not even ask.
 */
export function warn(
  environment: Environment,
  code: keyof typeof DIAGNOSTICS,
  subject: string | (() => string),
  isTrue?: () => boolean,
): void {
  try {
    if (process.env.NODE_ENV !== 'production') {
      if (isTrue && !isTrue()) return
      const codes = given.get(environment) ?? new Set()
      given.set(environment, codes)
      if (codes.has(code)) return
      codes.add(code)
      const { why, fix } = DIAGNOSTICS[code]
      const about = typeof subject === 'string' ? subject : subject()
      const send = environment.warn ?? warnOnConsole
      send(`[vue-event-stream] ${code} (${about}): ${why} ${fix}`)
    }
  } catch {
    // Without a bundler a browser has no `process`: no development build, no warnings.
  }
}
