/** Uploads over HTTP: create, send files, watch the progress, cancel, download. */
import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { attachmentHeader } from './file-names.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { isLastEventType } from './upload.ts'
import type { UploadTicket } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { EventLog } from './event-log.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Uploads } from './uploads.ts'

const FILE_NUMBER = /^[1-9]\d{0,3}$/

export function createUploadRoutes(uploads: Uploads, streams: OpenStreams): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .post('/', (c) => {
      const { id } = uploads.create()
      return c.json({ id, ...uploads.limits } satisfies UploadTicket, 201)
    })
    .delete('/:id', async (c) => {
      const upload = uploads.find(c.req.param('id'))
      await upload.cancel()
      if (upload.state === 'cancelled') return c.body(null, 204)
      throw new RequestProblem(409, 'This upload has ended', `It is "${upload.state}".`)
    })
    .get('/:id/stream', (c) => {
      const { events } = uploads.find(c.req.param('id'))
      const lastEventId = readLastEventId(c)
      if (isKnown(events, lastEventId)) return c.body(null, 204)
      return streams.open(c, 'upload', (stream) => {
        const unsubscribe = events.subscribe(lastEventId, (event) => {
          stream.send(event)
          if (isLastEventType(event.type)) stream.end()
        })
        stream.onClose(unsubscribe)
      })
    })
    .get('/:id/since', (c) => {
      const { events } = uploads.find(c.req.param('id'))
      const lastEventId = readLastEventId(c)
      return isKnown(events, lastEventId) ? c.body(null, 204) : answerPoll(c, events, lastEventId)
    })
    .post('/:id/files', async (c) => {
      const upload = uploads.find(c.req.param('id'))
      return c.json(await upload.receive(c.env.incoming), 201)
    })
    .get('/:id/files/:number', async (c) => {
      const upload = uploads.find(c.req.param('id'))
      const number = c.req.param('number')
      if (!FILE_NUMBER.test(number)) throw new RequestProblem(404, 'There is no such file')
      const { file, handle } = await upload.openFile(Number(number))
      const headers = {
        'Content-Type': 'application/octet-stream',
        'Content-Length': String(file.size),
        'Content-Disposition': attachmentHeader(file.name),
        'Cache-Control': 'no-store',
      }
      if (c.req.raw.method === 'HEAD') {
        await handle.close()
        return c.body(null, 200, headers)
      }
      const content = Readable.toWeb(handle.createReadStream()) as ReadableStream<Uint8Array>
      return c.body(content, 200, headers)
    })
}

/** Everything, to its last event. 204 then tells clients not to come back: there will never be anything else. */
function isKnown({ events, lastId }: EventLog, lastEventId: string | null): boolean {
  return isLastEventType(events.at(-1)?.type) && lastEventId === lastId
}
