/** From a stream of bytes to messages: what stands around the parser. Runs in Node and in a page. */
import { createEventSource } from 'eventsource-client'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { createEventStreamClient } from '../../src/client/index.ts'
import { createEventStreamParser } from '../../src/protocol/index.ts'
import { cut } from '../inputs/chunkings.ts'
import { createWorkload } from '../inputs/workloads.ts'
import { takeTurns } from '../support/rounds.ts'
import { check, collectYoung, perMib, pick } from './measure.ts'
import { createSink, tallyOf } from './tally.ts'
import type { ChunkingName } from '../inputs/chunkings.ts'
import type { Workload, WorkloadName } from '../inputs/workloads.ts'
import type { Case, MeasureOptions } from './measure.ts'
import type { Sink } from './tally.ts'

export const READER_AND_OURS = 'reader + ours'
/** As the documentation of eventsource-parser shows it; the others are shown as ratios to it. */
export const PIPE_THROUGH = 'pipeThrough'
export const EVENTSOURCE_CLIENT = 'eventsource-client'
export const OUR_CLIENT = 'our client'

/** Resolves when the stream is at its end and all its messages are in the sink. */
type Drain = (stream: ReadableStream<Uint8Array<ArrayBuffer>>, sink: Sink) => Promise<unknown>

const URL_OF_NOTHING = 'https://localhost/'
const WORKLOADS: readonly WorkloadName[] = ['token', 'chat']
const CHUNKINGS: readonly ChunkingName[] = ['64K', '1 event']
/** Of the stream: pipes are slow. */
const SHARE = 1 / 4
const WARM_UP_SAMPLES = 3

export const DRAINS: Readonly<Record<string, Drain>> = {
  async [READER_AND_OURS](stream, { add }) {
    const { feed } = createEventStreamParser({
      onMessage: ({ data, type, lastEventId }) => add(data, type, lastEventId),
    })
    const reader = stream.getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) feed(part.value)
  },
  async [PIPE_THROUGH](stream, { add }) {
    const reader = stream
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const { data, event = 'message', id = '' } = part.value
      add(data, event, id)
    }
  },
  // A whole client: it also reconnects.
  [EVENTSOURCE_CLIENT]: (stream, { add }) =>
    new Promise<void>((resolve) => {
      const source = createEventSource({
        url: URL_OF_NOTHING,
        fetch: () => Promise.resolve(new Response(stream)),
        onMessage: ({ data, event = 'message', id = '' }) => add(data, event, id),
        onScheduleReconnect: () => {
          source.close()
          resolve()
        },
      })
    }),
  // So is this one.
  [OUR_CLIENT]: (stream, { add }) =>
    new Promise<void>((resolve) => {
      const headers = { 'Content-Type': 'text/event-stream' }
      createEventStreamClient<Record<string, string>>(URL_OF_NOTHING, {
        decode: 'text',
        reconnect: false,
        environment: { fetch: () => Promise.resolve(new Response(stream, { headers })) },
        onMessage: ({ data, type, lastEventId }) => add(data, type, lastEventId),
        onClose: () => resolve(),
      })
    }),
}

export async function measurePlumbing(options: MeasureOptions): Promise<Case[]> {
  const cases: Case[] = []
  for (const name of pick(WORKLOADS, options.only)) {
    const workload = createWorkload(name, options.bytes * SHARE)
    for (const chunking of pick(CHUNKINGS, options.only))
      cases.push(await measureCase(workload, chunking, options))
  }
  return cases
}

async function measureCase(
  workload: Workload,
  chunking: ChunkingName,
  { rounds, seed = 1, sampleMs, now = () => performance.now() }: MeasureOptions,
): Promise<Case> {
  const chunks = cut(workload, chunking)
  const turns: Record<string, () => Promise<number>> = {}
  for (const [name, drain] of Object.entries(DRAINS)) {
    const where = `${name}, ${workload.name} in ${chunking}`
    turns[name] = await createTurn(drain, workload, chunks, { sampleMs, now }, where)
  }
  const samples = await takeTurns({ rounds, seed, contenders: turns })
  return { workload: workload.name, chunking, times: perMib(samples, workload) }
}

/** Gives a function that drains a stream as long as fills a sample, and gives the milliseconds of the workload once. */
async function createTurn(
  drain: Drain,
  { messages }: Workload,
  chunks: readonly Uint8Array[],
  { sampleMs, now }: Required<Pick<MeasureOptions, 'sampleMs' | 'now'>>,
  where: string,
): Promise<() => Promise<number>> {
  const sink = createSink()

  async function run(times: number): Promise<number> {
    const stream = streamOf(chunks, times)
    collectYoung()
    const before = now()
    await drain(stream, sink)
    const took = now() - before
    check(sink.take(), tallyOf(Array.from({ length: times }, () => messages).flat()), where)
    return took / times
  }

  let took = Infinity
  const start = now()
  do took = Math.min(took, await run(1))
  while (now() - start < WARM_UP_SAMPLES * sampleMs)
  const times = Math.max(1, Math.round(sampleMs / took)) || 1
  return () => run(times)
}

/** A stream that has each chunk ready when it is asked for it. */
export function streamOf(
  chunks: readonly Uint8Array[],
  times = 1,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const count = chunks.length * times
  let next = 0
  return new ReadableStream({
    pull(controller) {
      if (next < count)
        controller.enqueue(chunks[next++ % chunks.length] as Uint8Array<ArrayBuffer>)
      else controller.close()
    },
  })
}
