/** Recipe of the README: a server that sends everything with each connection, as LaunchDarkly does. */
import { useEventStream, useEventStreamState } from 'vue-event-stream'

type Flags = Record<string, { value?: unknown; version: number }>
interface FlagEvents {
  put: Flags
  patch: { key: string; value: unknown; version: number }
  delete: { key: string; version: number }
}

export function useFlags(url: string) {
  const stream = useEventStream<FlagEvents>(url, {
    silenceTimeout: 300_000, // a comment comes every three minutes
    reconnect: { stableAfter: 60_000 }, // a minute makes a connection well
  })
  const change = (flags: Flags, { key, ...flag }: FlagEvents['delete']): Flags =>
    flag.version > (flags[key]?.version ?? -1) ? { ...flags, [key]: flag } : flags
  const flags = useEventStreamState(stream, {} as Flags, {
    put: (_, all) => all, // on every connection: there are no ids, and no gaps
    patch: change,
    delete: change,
  })
  return { flags, stream }
}
