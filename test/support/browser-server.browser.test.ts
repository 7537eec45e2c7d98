/** Tests in a browser reach the fault server, across origins and with the headers of a reconnect. */
import { describe, expect, inject, it } from 'vitest'

describe('sseUrl', () => {
  it('is of another origin, which lets the page read and send Last-Event-ID', async () => {
    const url = inject('sseUrl')
    expect(new URL(url).origin).not.toBe(location.origin)
    const headers = { 'Last-Event-ID': '4', 'X-Own': 'a', Authorization: 'Bearer b' }
    const response = await fetch(`${url}/end?count=2`, { headers, credentials: 'include' })
    expect(await response.text()).toBe('id: 5\ndata: {"index":5}\n\nid: 6\ndata: {"index":6}\n\n')
  })

  it('can refuse Last-Event-ID, as servers do that do not expect it', async () => {
    const url = `${inject('sseUrl')}/end?cors=no-last-event-id`
    expect((await fetch(url)).status).toBe(200)
    await expect(fetch(url, { headers: { 'Last-Event-ID': '4' } })).rejects.toThrow(TypeError)
  })
})
