// @vitest-environment node
/**
 * A stream of which some messages are checked slowly, on a server that remembers: whatever the app, the network and the schema
 * do, and in whatever order, everything arrives once and in order, and the cursor is never ahead of it.
 */
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { until } from '../../support/client-run.ts'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { StandardSchemaV1 } from '../../../src/protocol/standard-schema.ts'
import type { ControlledRequest } from '../../support/controlled-server.ts'

const start = useTestStreams()
const STEPS = [
  ...['slow', 'slow', 'slow', 'plain', 'plain', 'bare id', 'answer', 'answer', 'answer'],
  ...['pause', 'resume', 'cut', 'reconnect', 'close', 'open', 'time'],
] as const
type Step = (typeof STEPS)[number]

beforeAll(() => import('../../../src/client/delivery/message-stages.ts'))

it('arrives once and in order, whatever happens', async () => {
  const seen = new Set<string>()
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...STEPS), { minLength: 5, maxLength: 40 }),
    async (steps: readonly Step[]) => {
      const answers: (() => void)[] = []
      const slow: StandardSchemaV1<unknown, any> = {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value) =>
            new Promise((resolve) => {
              const isValid = Number(value) % 5 > 0
              const issues = [{ message: 'five' }]
              answers.push(() => resolve(isValid ? { value } : { issues }))
            }),
        },
      }
      const handled: number[] = []
      const stream = await start({
        schema: { slow },
        reconnect: { initialDelay: 10, maxDelay: 10, jitter: 0, minDelay: 1 },
        onMessage: ({ data }) => handled.push(Number(data)),
        onError: ({ code, raw }) => code === 'validation' && handled.push(Number(raw)),
      })
      await until(() => stream.requests.length > 0)
      const blocks: string[] = []
      const expected: number[] = []
      const served = new Set<ControlledRequest>()

      /** The server answers what is new, with all after the id. */
      async function serve(): Promise<void> {
        for (const request of [...stream.requests]) {
          if (served.has(request) || !request.isOpen) continue
          served.add(request)
          await request.respond()
          const from = Number(request.headers.get('Last-Event-ID') ?? 0)
          if (from < blocks.length) await request.push(blocks.slice(from).join(''))
        }
      }

      async function send(kind: 'slow' | 'plain' | 'bare id'): Promise<void> {
        const id = blocks.length + 1
        const isBare = kind === 'bare id'
        blocks.push(isBare ? `id: ${id}\n\n` : `event: ${kind}\nid: ${id}\ndata: ${id}\n\n`)
        if (!isBare) expected.push(id)
        if (stream.request.isOpen) await stream.request.push(blocks.at(-1)!)
      }

      function check(): void {
        expect(handled).toEqual(expected.slice(0, handled.length))
        const next = expected[handled.length] ?? Infinity
        expect(Number(stream.client.lastEventId)).toBeLessThan(next)
      }

      async function take(step: Step): Promise<void> {
        const { client } = stream
        if (step === 'slow' || step === 'plain' || step === 'bare id') await send(step)
        else if (step === 'answer') answers.shift()?.()
        else if (step === 'pause') client.pause()
        else if (step === 'resume') client.resume()
        else if (step === 'cut') await stream.request.cut()
        else if (step === 'reconnect') client.reconnect()
        else if (step === 'close') client.close()
        else if (step === 'open') client.open()
        else await stream.advance(1500)
        if (answers.length > 0) seen.add(`${step} while a message is checked`)
        await settle()
        await serve()
        check()
      }

      await serve()
      for (const step of steps) await take(step)
      for (const step of ['resume', 'open', 'time', 'plain', 'time'] as const) await take(step)
      for (let turn = 0; turn < 200 && handled.length < expected.length; turn++) {
        await take(answers.length > 0 ? 'answer' : 'time')
      }
      expect(handled).toEqual(expected)
      stream.client.close()
    },
  )
  await fc.assert(property, { numRuns: 300, seed: 20_260_701 })
  const ways = [...new Set(STEPS)].map((step) => `${step} while a message is checked`)
  expect(ways.filter((way) => !seen.has(way))).toEqual([])
}, 60_000)
