/**
 * An MCP server over Streamable HTTP, as far as a call of a tool shows it.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
import { json } from 'node:stream/consumers'
import { encodeEvent, encodeRetry } from 'vue-event-stream/protocol'
import { sendHead } from './recipe-runs.ts'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

export const SESSION = { 'Mcp-Session-Id': '1868a90c', 'MCP-Protocol-Version': '2025-11-25' }

/** The stream of one call: it outlives its connections. */
export interface Call {
  progress(progress: number): void
  /** The answer, with which the stream ends. */
  answer(text: string): void
  fail(message: string): void
  /** Closes the connection, not the stream: the client is to come back after so many milliseconds. */
  leave(retry: number): void
}

export interface McpServer {
  readonly listener: RequestListener
  /** The calls, in order. */
  readonly calls: Call[]
  /** False: it gives no ids, so that nothing can be gone on with. */
  isResumable: boolean
  /** What its first event has beside the id: the specification has empty data, some servers have nothing. */
  dataOfFirst: '' | undefined
  /** The white space with which it answers with one JSON object, and no stream. */
  spaceOfJson: string | undefined
}

export function createMcpServer(): McpServer {
  const streams: { events: string[]; response: ServerResponse | undefined; isOver: boolean }[] = []

  function listen(index: number, response: ServerResponse, told: number): void {
    const stream = streams[index]!
    stream.response = response
    response.on('close', () => {
      if (stream.response === response) stream.response = undefined
    })
    sendHead(response)
    for (const event of stream.events.slice(told)) response.write(event)
    if (stream.isOver) response.end()
  }

  /** Its id says which stream it is of, and where in it. */
  function tell(index: number, message: object | undefined): void {
    const stream = streams[index]!
    const id = server.isResumable ? `${index}-${stream.events.length + 1}` : undefined
    const data = message ? JSON.stringify(message) : server.dataOfFirst
    const event = data === undefined ? `id: ${id}\n\n` : encodeEvent({ id, data })
    stream.events.push(event)
    stream.response?.write(event)
  }

  /** There is no progress, and nothing before the answer. */
  function callAtOnce(id: number, response: ServerResponse): void {
    const end = (message: object): void => {
      const text = JSON.stringify({ jsonrpc: '2.0', id, ...message }, null, server.spaceOfJson)
      response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(text)
    }
    server.calls.push({ progress() {}, ...answering(end), leave() {} })
  }

  async function call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { id } = (await json(request)) as { id: number }
    if (server.spaceOfJson !== undefined) return callAtOnce(id, response)
    const index = streams.push({ events: [], response: undefined, isOver: false }) - 1
    const end = (message: object): void => {
      tell(index, { jsonrpc: '2.0', id, ...message })
      streams[index]!.isOver = true
      streams[index]!.response?.end()
    }
    if (server.isResumable) tell(index, undefined)
    listen(index, response, 0)
    server.calls.push({
      progress: (progress) =>
        tell(index, { jsonrpc: '2.0', method: 'notifications/progress', params: { progress } }),
      ...answering(end),
      leave: (retry) => streams[index]!.response?.end(encodeRetry(retry)),
    })
  }

  const server: McpServer = {
    calls: [],
    isResumable: true,
    dataOfFirst: '',
    spaceOfJson: undefined,
    listener(request, response) {
      const { headers, method } = request
      const isAccepted = (type: string): boolean => `${headers.accept}`.includes(type)
      if (!headers['mcp-protocol-version'] || headers['mcp-session-id'] !== '1868a90c') {
        response.writeHead(400).end()
      } else if (method === 'POST' && isAccepted('application/json')) {
        void call(request, response)
      } else if (method === 'GET' && isAccepted('text/event-stream')) {
        const [index, told] = `${headers['last-event-id']}`.split('-').map(Number)
        if (streams[index!]) listen(index!, response, told!)
        else response.writeHead(405).end()
      } else response.writeHead(406).end()
    },
  }
  return server
}

function answering(end: (message: object) => void): Pick<Call, 'answer' | 'fail'> {
  return {
    answer: (text) => end({ result: { content: [{ type: 'text', text }] } }),
    fail: (message) => end({ error: { code: -32603, message } }),
  }
}
