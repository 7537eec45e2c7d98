/** Recipe of the README: a tool of an MCP server, over Streamable HTTP. */
import { ndjson, useTextStream } from 'vue-event-stream'
import { createEventStreamParser } from 'vue-event-stream/protocol'
import type { StreamFormat } from 'vue-event-stream'

interface Rpc {
  params?: { progress: number }
  result?: { content: { text: string }[] }
  error?: { message: string }
}

const { read, ...others } = ndjson()

/** A server answers with an event stream, or with one JSON object. */
const format: StreamFormat = {
  ...others,
  name: 'mcp',
  accept: 'application/json, text/event-stream',
  types: /^(application\/json|text\/event-stream) *(;|$)/i,
  createParser: createEventStreamParser,
  async read(response, attempt) {
    if (/^text/i.test(response.headers.get('Content-Type')!)) return read(response, attempt)
    const data = await response.text()
    attempt.receive(() => attempt.onMessage({ type: 'message', data, lastEventId: '' }, false))
  },
}

export function useTool(session: () => Record<string, string>, show: (progress: number) => void) {
  return useTextStream<{ message: Rpc | undefined }>('/mcp', {
    format,
    headers: session,
    // The first event has nothing but an id, with which a GET goes on.
    resume: { request: ({ lastEventId }) => (lastEventId ? {} : undefined) },
    on: { message: (rpc) => rpc?.params && show(rpc.params.progress) },
    pick: ({ data }) => data?.result?.content[0]?.text,
    until: ({ data }) => !!data?.result || !!data?.error,
  })
}
