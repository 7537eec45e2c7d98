/** Recipe of the README: a tool of an MCP server, over Streamable HTTP. */
import { useTextStream } from 'vue-event-stream'

interface Rpc {
  params?: { progress: number }
  result?: { content: { text: string }[] }
  error?: { message: string }
}

export function useTool(session: () => Record<string, string>, show: (progress: number) => void) {
  return useTextStream<{ message: Rpc | undefined }>('/mcp', {
    headers: () => ({ ...session(), Accept: 'application/json, text/event-stream' }),
    // The first event has nothing but an id, with which a GET goes on.
    resume: { request: ({ lastEventId }) => (lastEventId ? {} : undefined) },
    on: { message: (rpc) => rpc?.params && show(rpc.params.progress) },
    pick: ({ data }) => data?.result?.content[0]?.text,
    until: ({ data }) => !!data?.result || !!data?.error,
  })
}
