/** Where the topics' histories are kept: in files, or, with `REDIS_URL`, in Redis, where several servers share them. */
import { join } from 'node:path'
import { createRedisTopics } from './redis-topics.ts'
import { reportOnConsole } from './report.ts'
import { createFileTopic } from './topic-log.ts'
import type { Settings } from './settings.ts'
import type { TopicLog } from './topic-log.ts'

export interface Topics {
  /** @param newcomerEvents How many of the last events somebody gets who comes without an id. */
  open(name: string, newcomerEvents: number): TopicLog
  close(): void
}

export function createTopics({
  dataDir,
  historyLimit: capacity,
  redisUrl,
}: Pick<Settings, 'dataDir' | 'historyLimit' | 'redisUrl'>): Topics {
  if (redisUrl !== null) {
    const { open, close } = createRedisTopics(redisUrl, reportOnConsole)
    return { open: (name, newcomerEvents) => open(name, { capacity, newcomerEvents }), close }
  }
  return {
    open: (name, newcomerEvents) =>
      createFileTopic({ file: join(dataDir, `${name}.ndjson`), capacity, newcomerEvents }),
    close: () => {},
  }
}
