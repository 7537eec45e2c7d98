import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSseResponse } from '../../../playground/server/sse-response.ts'
import type { SseStream } from '../../../playground/server/sse-response.ts'

function open(onOpen: (stream: SseStream) => void = () => {}) {
  const cut = vi.fn<() => void>()
  let opened: SseStream | undefined
  const response = createSseResponse({
    heartbeatMs: 60_000,
    reconnectionTimeMs: 1000,
    cut,
    onOpen(stream) {
      opened = stream
      onOpen(stream)
    },
  })
  return { response, cut, stream: opened as SseStream }
}

describe('createSseResponse', () => {
  it('cleans up once, whoever ends it first', async () => {
    const onClose = vi.fn<() => void>()
    const { response, stream } = open((ownStream) => ownStream.onClose(onClose))
    await response.body?.cancel()
    stream.end()
    await response.body?.cancel()
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('cleans up once when the server ends it and the client leaves then', async () => {
    const onClose = vi.fn<() => void>()
    const { response, stream } = open((ownStream) => ownStream.onClose(onClose))
    stream.end()
    stream.end()
    await response.body?.cancel()
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('cleans up at once what comes after the end', () => {
    const { stream } = open((ownStream) => ownStream.end())
    const onClose = vi.fn<() => void>()
    stream.onClose(onClose)
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('cleans up when opening fails', () => {
    const onClose = vi.fn<() => void>()
    const opening = (): unknown =>
      open((ownStream) => {
        ownStream.onClose(onClose)
        throw new Error('no')
      })
    expect(opening).toThrow('no')
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('leaves no timer behind, whoever ends it', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const [first, second] = [open(), open()]
    expect(vi.getTimerCount()).toBe(2)
    first.stream.end()
    await second.response.body?.cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not mind writes after the end, and sends what came before', async () => {
    const { response, stream } = open()
    stream.send({ id: '1', type: 'note', data: 'before' })
    stream.end()
    stream.send({ id: '2', type: 'note', data: 'after' })
    expect(await response.text()).toBe(
      ': welcome\n\nretry: 1000\n\nevent: note\nid: 1\ndata: "before"\n\n',
    )
  })

  it('sends a long history whole, and cuts who lets much more pile up', () => {
    const data = 'x'.repeat(1000)
    const { cut, stream } = open((ownStream) => {
      for (let sent = 0; sent < 3000; sent++) ownStream.send({ type: 'note', data })
    })
    stream.send({ type: 'note', data })
    expect(cut).not.toHaveBeenCalled()
    for (let sent = 0; sent < 3000; sent++) stream.send({ type: 'note', data })
    expect(cut).toHaveBeenCalledTimes(1)
  })

  it('says when all that was sent has been taken, and again after more', async () => {
    const { response, stream } = open()
    const reader = response.body!.getReader()
    expect(stream.isTaken).toBe(false)
    await reader.read() // the welcome
    const next = reader.read()
    expect(await stream.whenTaken()).toBe(true)
    expect(stream.isTaken).toBe(true)
    stream.sendAll([
      { type: 'note', data: 1 },
      { type: 'note', data: 2 },
    ])
    expect(stream.isTaken).toBe(false)
    const { value } = await next
    expect(new TextDecoder().decode(value)).toBe('event: note\ndata: 1\n\nevent: note\ndata: 2\n\n')
  })

  it('says that nothing will be taken any more when the stream ends', async () => {
    const { response, stream } = open()
    const taken = stream.whenTaken()
    await response.body?.cancel()
    expect(await taken).toBe(false)
    expect(await stream.whenTaken()).toBe(false)
  })
})
