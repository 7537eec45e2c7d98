/** Reconnects: with each the server sends again what was delivered before. */
import { createEventStreamClient } from '../../../src/client/index.ts'
import { createLedger, cutInto, eventsBytes } from '../events.ts'
import { createGrowthPage } from '../growth-page.ts'
import { collectGarbage, framesUntil, play, turn, writes } from '../play.ts'
import type { GrowthLine } from '../growth-line.ts'

const NEW = 500
const AGAIN = 500
const CHUNK_BYTES = 16_384

export const reconnects: GrowthLine = {
  name: 'reconnects',
  title: 'Reconnects, with dedupe',
  note: `After each the server sends the last ${AGAIN} messages again, and ${NEW} new ones; the reconnect itself counts.`,
  sizes: 'reconnects',
  counts: 'reconnect',
  grows: 'count',
  // The count is of reconnects: of several streams, where one has few.
  trials: [
    { size: 1, count: 60, warmUp: 20 },
    { size: 10, count: 60, warmUp: 20 },
    { size: 100, count: 100, warmUp: 20 },
  ],
  quick: [
    { size: 1, count: 2, warmUp: 1 },
    { size: 10, count: 10, warmUp: 1 },
  ],
  async measure({ size, count, warmUp }) {
    const answers = answersOf(size)
    const { connections, kept } = await runStream(answersOf(warmUp))
    collectGarbage()
    let cost = 0
    for (let done = 0; done < count; done += size) cost += (await runStream(answers)).cost
    // What is still held keeps its compiled code.
    if (kept().status !== 'closed' || connections !== warmUp + 1) throw new Error('It is not over.')
    return { cost, count }
  },
}

/** The chunks of each answer. */
function answersOf(reconnectCount: number): Uint8Array[][] {
  return Array.from({ length: reconnectCount + 1 }, (_, index) => {
    const first = Math.max(1, index * NEW - AGAIN + 1)
    return cutInto(eventsBytes(first, (index + 1) * NEW), CHUNK_BYTES)
  })
}

interface ReconnectRun {
  readonly cost: number
  readonly connections: number
  kept(): { readonly status: string }
}

/** The first answer is no reconnect: it is not counted. */
async function runStream([first, ...others]: Uint8Array[][]): Promise<ReconnectRun> {
  const page = createGrowthPage()
  const { environment, connections } = page
  const ledger = createLedger()
  const client = createEventStreamClient('/stream', {
    environment,
    on: { tick: ledger.take as never },
  })
  await framesUntil(page, () => client.status === 'open')
  await play(page, writes(first!), { arrived: ledger.count, expected: NEW })

  const before = process.cpuUsage()
  for (const [index, chunks] of others.entries()) {
    connections.at(-1)!.end()
    await turn()
    // The wait for the next attempt, and no more requests in two seconds than any server gets.
    page.pass(3000)
    await framesUntil(page, () => client.status === 'open')
    const expected = (index + 2) * NEW
    await play(page, writes(chunks), { arrived: ledger.count, expected }, connections.slice(-1))
  }
  const { user, system } = process.cpuUsage(before)

  const wanted = [others.length + 1, others.length * AGAIN]
  const found = [connections.length, client.duplicates]
  if (`${found}` !== `${wanted}`)
    throw new Error(`Connections and duplicates: ${found}, not ${wanted}.`)
  if (page.errors.length > 0) throw page.errors[0]
  client.close()
  return { cost: user + system, connections: connections.length, kept: () => client }
}
