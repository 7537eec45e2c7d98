/** One server and so many streams: what they hold, and how long a broadcast takes. */
import { median } from '../support/rounds.ts'
import { createCrowd } from './crowd.ts'
import { processUsage } from './process-usage.ts'
import type { MeasuredServer } from './servers.ts'

export interface ServerSample {
  /** How many were open at the end, and have heard every broadcast. */
  readonly streams: number
  /** Until the last one was open. */
  readonly openMs: number
  /** Of the whole process, with all streams open and after the broadcasts. */
  readonly bytes: number
  /** Of the server, on top of what it held with the first few streams. */
  readonly bytesPerStream: number
  readonly bytesPerStreamAfter: number
  /** From the request to the last stream; half of them. */
  readonly allMs: number
  readonly halfMs: number
  /** Of the server's processor time, for a broadcast. */
  readonly processorMs: number
}

/** What a server needs once, it has then: code that runs for the first time, buffers, pools. */
const FIRST_STREAMS = 100

export async function measureServer(
  start: () => Promise<MeasuredServer>,
  streams: number,
  broadcasts: number,
): Promise<ServerSample> {
  const server = await start()
  const crowd = createCrowd(server)
  let number = 0

  async function broadcast() {
    const text = `broadcast ${++number} of a few.`
    const [heard] = await Promise.all([crowd.hear(text), server.broadcast(text)])
    return heard
  }

  try {
    await crowd.grow(Math.min(FIRST_STREAMS, streams >> 1))
    await broadcast()
    const first = { ...processUsage(server.pid), size: crowd.size }

    const startedAt = performance.now()
    await crowd.grow(streams)
    const openMs = performance.now() - startedAt
    const open = processUsage(server.pid)

    const heard = []
    while (heard.length < broadcasts) heard.push(await broadcast())
    const after = processUsage(server.pid)
    const perStream = (bytes: number): number => (bytes - first.bytes) / (streams - first.size)
    return {
      streams: crowd.size,
      openMs,
      bytes: after.bytes,
      bytesPerStream: perStream(open.bytes),
      bytesPerStreamAfter: perStream(after.bytes),
      allMs: median(heard.map(({ allMs }) => allMs)),
      halfMs: median(heard.map(({ halfMs }) => halfMs)),
      processorMs: (after.processorMs - open.processorMs) / broadcasts,
    }
  } finally {
    crowd.close()
    await server.stop()
  }
}
