/** The built server, as two processes with one Redis. */
import { expect, it, onTestFinished } from 'vitest'
import { startPlayground } from '../support/playground-process.ts'
import { describeWithRedis, startRedis } from '../support/redis.ts'
import { postJson } from './server/support/api-server.ts'
import { openStream } from './server/support/stream-client.ts'
import { tempFolder } from './server/support/temp-folder.ts'
import type { PlaygroundProcess } from '../support/playground-process.ts'

async function startNode(redisUrl: string): Promise<PlaygroundProcess> {
  const node = await startPlayground(0, { REDIS_URL: redisUrl, DATA_DIR: tempFolder() })
  onTestFinished(node.stop)
  return node
}

async function say({ url }: PlaygroundProcess, text: string): Promise<void> {
  const answer = await postJson(`${url}/api/chat/messages`, { user: 'Bob', text })
  expect(answer.status).toBe(201)
}

const enter = ({ url }: PlaygroundProcess, lastEventId?: string) =>
  openStream(`${url}/api/chat/stream?user=Ada`, { lastEventId })

describeWithRedis('two servers', () => {
  it('are one for a client whose server is killed', async () => {
    const redis = await startRedis()
    const [first, second] = [await startNode(redis.url), await startNode(redis.url)]
    const stream = await enter(first)
    await say(second, 'one')
    await stream.event('new-message')
    await first.stop()
    await stream.ended()
    await say(second, 'two')
    await redis.stop()
    await redis.start()
    await expect
      .poll(() =>
        say(second, 'three').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)

    const again = await enter(second, stream.lastId)
    const texts = (): string[] =>
      again.events.filter(({ type }) => type === 'new-message').map(({ data }) => data.text)
    await expect.poll(texts).toEqual(['two', 'three'])
    expect(again.types()).not.toContain('gap')
  })
})
