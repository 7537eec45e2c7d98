/** Every path of the fault server can be had as NDJSON: other tests build on it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bare, block, script } from './fault-script.ts'
import { startFaultServer } from './fault-server.ts'
import { TRICKLED_TEXT } from './tricky-texts.ts'
import type { FaultServer } from './fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

const ask = (path: string): Promise<Response> =>
  fetch(`${server.url}${path}${path.includes('?') ? '&' : '?'}lines`)

/** What comes of a stream that breaks off, or stays open, until the text ends so. */
async function read(path: string, end: string): Promise<string> {
  const controller = new AbortController()
  const { body } = await fetch(`${server.url}${path}&lines`, { signal: controller.signal })
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of body!) {
      text += decoder.decode(chunk, { stream: true })
      if (text.endsWith(end)) break
    }
  } catch {}
  controller.abort()
  return text
}

describe('a stream as lines', () => {
  it('has a line for each block, and blank ones for a comment', async () => {
    const text = `${block(1, 'a')}event: b\n${bare([2])}: c\n\nid: 3\n\ndata\n\ndata: [DONE]\n\n`
    const response = await ask(script({ text, end: 'clean' }))
    expect(response.headers.get('Content-Type')).toBe('application/x-ndjson')
    expect(await response.text()).toBe(
      `{"id":"1","type":"message","data":"a"}\n{"type":"b","data":[2]}\n\n\n{"type":"message"}\n[DONE]\n`,
    )
  })

  it('is cut in the middle of a line where it is cut in the middle of a block', async () => {
    expect(await read('/cut?after=1', 'da')).toBe(
      '{"id":"1","type":"message","data":{"index":1}}\n{"id":"cut","da',
    )
  })

  it('comes a byte at a time where the stream does', async () => {
    const text = await read('/trickle?', '\n')
    expect(JSON.parse(text).data).toEqual({ index: 1, text: TRICKLED_TEXT })
  })

  it('leaves what is no stream as it is', async () => {
    const response = await ask('/status?code=404&body=no')
    expect([response.status, await response.text()]).toEqual([404, 'no'])
    expect(response.headers.get('Content-Type')).toBe('text/plain')
  })
})
