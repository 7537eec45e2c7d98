// @vitest-environment node
/** What a connection makes of the head of an answer. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'

const start = useTestStreams()

describe('createConnection', () => {
  describe('status codes', () => {
    it('ends as closed at a 204, and is not asked again', async () => {
      const stream = await start()
      await stream.request.respond({ status: 204, hasBody: false })
      expect(stream.takeLog()).toEqual(['connecting', 'closed no-content', 'onClose no-content'])
      expect(stream.live()).toEqual([])
      expect(stream.client.error).toBe(null)
    })

    it('ends as closed at a 204 that answers a reconnect', async () => {
      const stream = await start()
      await stream.open()
      await stream.request.end()
      await stream.advance(750)
      await stream.request.respond({ status: 204, hasBody: false })
      expect(stream.client).toMatchObject({ status: 'closed', reason: 'no-content', error: null })
    })

    it.each([408, 425, 429, 500, 502, 503, 504, 599])('tries again after %i', async (status) => {
      const stream = await start()
      await stream.request.respond({ status })
      expect(stream.takeLog()).toEqual(['connecting', 'reconnecting http', 'error http-status'])
      expect(stream.errors[0]).toMatchObject({ status, fatal: false, attempt: 1 })
      expect(stream.request.isCancelled || !stream.request.isOpen).toBe(true)
      await stream.advance(750)
      expect(stream.requests).toHaveLength(2)
    })

    it.each([201, 202, 206, 304, 400, 401, 403, 404, 410, 422, 451])(
      'fails at %i',
      async (status) => {
        const stream = await start()
        await stream.request.respond({ status })
        expect(stream.takeLog()).toEqual([
          ...['connecting', 'failed http', 'error http-status', 'onClose http'],
        ])
        expect(stream.errors[0]).toMatchObject({ status, fatal: true })
        expect(stream.client.error).toBe(stream.errors[0])
        expect(stream.live()).toEqual([])
      },
    )

    it('fails at a 404 also after it was open', async () => {
      const stream = await start()
      await stream.open()
      await stream.request.end()
      await stream.advance(750)
      await stream.request.respond({ status: 404 })
      expect(stream.client).toMatchObject({ status: 'failed', reason: 'http' })
    })
  })

  describe('content type', () => {
    it.each([
      'text/event-stream',
      'text/event-stream;charset=utf-8',
      'TEXT/Event-Stream ; charset=UTF-8',
    ])('opens with %s', async (contentType) => {
      const stream = await start()
      await stream.request.respond({ contentType })
      expect(stream.client.status).toBe('open')
    })

    it.each([
      'text/html',
      'text/event-streaming',
      'text/event-stream+json',
      'application/json',
      null,
    ])('fails with %s before the stream was ever open: the URL is wrong', async (contentType) => {
      const stream = await start()
      await stream.request.respond({ contentType })
      expect(stream.client).toMatchObject({ status: 'failed', reason: 'content-type' })
      expect(stream.errors[0]).toMatchObject({ code: 'content-type', fatal: true, status: 200 })
      expect(stream.live()).toEqual([])
    })

    it('tries again with a page after the stream was open: a captive portal passes', async () => {
      const stream = await start()
      await stream.open()
      await stream.request.end()
      await stream.advance(750)
      await stream.request.respond({ contentType: 'text/html' })
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'content-type' })
      expect(stream.errors.at(-1)).toMatchObject({ code: 'content-type', fatal: false })
    })
  })
})
