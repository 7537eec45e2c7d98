/**
 * PocketBase's realtime API: one connection for all topics, which are set by POST and forgotten with it.
 * @see https://pocketbase.io/docs/api-realtime/
 * @see https://github.com/pocketbase/pocketbase/blob/master/apis/realtime.go every message has the connection's id;
 * "in case of reconnect, clients will have to resubmit all subscriptions again"; 5 minutes without a message end it
 */
import { json } from 'node:stream/consumers'
import { sendHead } from './recipe-runs.ts'
import type { RequestListener, ServerResponse } from 'node:http'

interface Connection {
  response: ServerResponse
  topics: string[]
}

export interface PocketBase {
  readonly listener: RequestListener
  /** The topics of each connection. */
  topics(): string[][]
  change(collection: string, action: string, id: string): void
  /** Ends the connections, as it does with those that had nothing for five minutes. */
  endAll(): void
  /** What POST answers, if not what it should. */
  refuseWith: number | undefined
}

export function createPocketBase(): PocketBase {
  const connections = new Map<string, Connection>()
  let count = 0

  function send(clientId: string, type: string, data: object): void {
    const { response } = connections.get(clientId)!
    response.write(`id:${clientId}\nevent:${type}\ndata:${JSON.stringify(data)}\n\n`)
  }

  const server: PocketBase = {
    refuseWith: undefined,
    async listener(request, response) {
      if (request.method === 'GET') {
        const clientId = `client${String(++count).padStart(34, '0')}`
        connections.set(clientId, { response, topics: [] })
        response.on('close', () => connections.delete(clientId))
        sendHead(response, { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
        send(clientId, 'PB_CONNECT', { clientId })
        return
      }
      const { clientId, subscriptions } = (await json(request)) as {
        clientId: string
        subscriptions: string[]
      }
      const connection = connections.get(clientId)
      const status = server.refuseWith ?? (connection ? 204 : 404)
      if (connection && status === 204) connection.topics = subscriptions
      response.writeHead(status).end()
    },
    topics: () => Array.from(connections.values(), ({ topics }) => topics),
    change(collection, action, id) {
      for (const [clientId, { topics }] of connections) {
        for (const topic of [`${collection}/*`, `${collection}/${id}`]) {
          if (topics.includes(topic)) send(clientId, topic, { action, record: { id } })
        }
      }
    },
    endAll() {
      for (const { response } of connections.values()) response.end()
    },
  }
  return server
}
