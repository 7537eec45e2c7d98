/**
 * The histories of all topics in Redis Streams: an entry's id is the event's id, so any server can go on with the client
 * of any other. Every server has one connection that waits for new entries and tells its streams, and one for the rest.
 *
 * As durable as Redis is set to be; what it has forgotten is told as a gap.
 * @see https://redis.io/docs/latest/develop/data-types/streams/
 */
import { setTimeout as delay } from 'node:timers/promises'
import { RequestProblem } from './problem.ts'
import { connectRedis, readEntries } from './redis-connection.ts'
import { createRedisMirror } from './redis-mirror.ts'
import { reasonOf } from './report.ts'
import type { RedisMirror, RedisMirrorOptions, StreamEntry } from './redis-mirror.ts'
import type { Report } from './report.ts'
import type { TopicLog } from './topic-log.ts'

export interface RedisTopics {
  open(name: string, options: RedisMirrorOptions): TopicLog
  close(): void
}

interface Topic {
  readonly key: string
  readonly capacity: number
  readonly mirror: RedisMirror
}

/** Ends the wait now and then, so that a Redis that says nothing at all is noticed. */
const BLOCK_MS = 1000
const READ_AT_ONCE = 1000
const RETRY_MS = 100
/** A connection that is back within this has cost nobody anything: the reader goes on where it was. */
const AWAY_GRACE_MS = 2000
/** Requests of a server that has just started wait so long for its first look at Redis. */
const START_MS = 2000
const RETRY_AFTER_S = 1

/** So that an empty stream has an id to come back to, and one that was deleted does not look like the same one. */
const BEGIN = `if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('XADD', KEYS[1], '*', 'begun', '1') end`

export function createRedisTopics(url: string, report: Report): RedisTopics {
  const reader = connectRedis({ url, waits: true })
  const writer = connectRedis({ url, waits: false })
  const topics: Topic[] = []
  const openStreams = new Set<() => void>()
  let isClosed = false
  let isInStep = false
  let isAwayTold = false
  let grace: NodeJS.Timeout | undefined
  let markStarted = (): void => {}
  const started = new Promise<void>((resolve) => (markStarted = resolve))

  async function read(): Promise<void> {
    while (!isClosed) {
      try {
        if (!isInStep) {
          for (const topic of topics) await catchUp(topic)
          comeBack()
        }
        await readNext()
      } catch (error) {
        if (isClosed) return
        goAway(error)
        await delay(RETRY_MS)
      }
    }
  }

  async function readNext(): Promise<void> {
    const keys = topics.map(({ key }) => key)
    const ids = topics.map(({ mirror }) => mirror.lastId!)
    const options = ['COUNT', String(READ_AT_ONCE), 'BLOCK', String(BLOCK_MS)]
    const reply = await reader.command('XREAD', ...options, 'STREAMS', ...keys, ...ids)
    for (const [key, entries] of (reply ?? []) as [string, unknown][]) {
      const topic = topics.find((each) => each.key === key)!
      if (!topic.mirror.take(readEntries(entries))) await catchUp(topic)
    }
  }

  /** Goes on after the last entry, if Redis still has it: then it has everything after it, too. */
  async function catchUp({ key, capacity, mirror }: Topic): Promise<void> {
    await reader.command('EVAL', BEGIN, '1', key)
    if (mirror.lastId !== undefined) {
      const [last, ...later] = await entriesFrom(reader, key, mirror.lastId)
      if (last?.id === mirror.lastId && mirror.take(later)) return
    }
    // One more than are kept: its id is known, and nothing is missing after it.
    const newest = await reader.command('XREVRANGE', key, '+', '-', 'COUNT', String(capacity + 1))
    const entries = readEntries(newest)
    mirror.reset(entries.map((_, index) => entries.at(-1 - index)!))
  }

  function comeBack(): void {
    if (isAwayTold) report('Redis is back')
    isInStep = true
    isAwayTold = false
    clearTimeout(grace)
    grace = undefined
    markStarted()
  }

  function goAway(error: unknown): void {
    if (!isAwayTold) report(`Redis cannot be reached: ${reasonOf(error)}`)
    isAwayTold = true
    isInStep = false
    grace ??= setTimeout(() => {
      for (const end of openStreams) end()
    }, AWAY_GRACE_MS)
  }

  async function checkInStep(): Promise<void> {
    if (!isInStep) await Promise.race([started, delay(START_MS, undefined, { ref: false })])
    if (!isInStep) throw away('New events do not arrive here at the moment.')
  }

  async function add({ key, capacity, mirror }: Topic, type: string, data: unknown) {
    const limit = ['MAXLEN', '~', String(capacity)]
    const fields = ['type', type, 'data', JSON.stringify(data)]
    const tryToAdd = (): Promise<unknown> =>
      writer.command('XADD', key, 'NOMKSTREAM', ...limit, '*', ...fields)
    let id = await tryToAdd()
    if (id === null) {
      // Somebody has deleted it: the new one must not look as if it went on.
      await writer.command('EVAL', BEGIN, '1', key)
      id = await tryToAdd()
    }
    if (typeof id !== 'string') throw new Error('Redis has not stored the event.')
    await tellUpTo(id, key, mirror).catch(() => {})
    return { id, type, data }
  }

  /** The reader will bring it in a moment: whoever knows of it now must not have to wait. */
  async function tellUpTo(id: string, key: string, mirror: RedisMirror): Promise<void> {
    if (mirror.lastId === undefined || !mirror.isAhead(id)) return
    mirror.take(await entriesFrom(writer, key, `(${mirror.lastId}`))
  }

  function open(name: string, options: RedisMirrorOptions): TopicLog {
    const mirror = createRedisMirror(options)
    const topic: Topic = { key: `vue-event-stream:${name}`, capacity: options.capacity, mirror }
    topics.push(topic)
    isInStep = false
    if (topics.length === 1) setImmediate(() => void read())
    return {
      recovered: [],
      async append(type, data) {
        try {
          return await add(topic, type, data)
        } catch (error) {
          if (isClosed)
            throw new Error('The log is closed: the event would be lost.', { cause: error })
          report(`An event was not stored: ${reasonOf(error)}`)
          throw away('What was sent has probably not been stored.')
        }
      },
      async reach(lastEventId) {
        await checkInStep()
        if (lastEventId === null) return
        await tellUpTo(lastEventId, topic.key, mirror).catch(() => {
          throw away('It is not known what came after this id.')
        })
      },
      since: mirror.since,
      follow(stream, lastEventId, isVisible) {
        stream.onClose(mirror.subscribe(lastEventId, stream.send, isVisible))
        openStreams.add(stream.end)
        stream.onClose(() => openStreams.delete(stream.end))
      },
      async takeTurn(ms) {
        const set = writer.command('SET', `${topic.key}:turn`, '1', 'NX', 'PX', String(ms))
        return (await set.catch(() => null)) === 'OK'
      },
      close() {},
    }
  }

  return {
    open,
    close() {
      isClosed = true
      clearTimeout(grace)
      reader.close()
      writer.close()
    },
  }
}

async function entriesFrom(
  { command }: ReturnType<typeof connectRedis>,
  key: string,
  start: string,
): Promise<StreamEntry[]> {
  return readEntries(await command('XRANGE', key, start, '+'))
}

function away(detail: string): RequestProblem {
  const headers = { 'Retry-After': String(RETRY_AFTER_S) }
  return new RequestProblem(503, 'The store of the events cannot be reached', detail, headers)
}
