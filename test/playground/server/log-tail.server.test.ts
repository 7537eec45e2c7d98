import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogChain } from '../../../playground/server/log-chain.ts'
import { followLog } from '../../../playground/server/log-tail.ts'
import { tempFolder } from './support/temp-folder.ts'
import { waitUntil } from './support/wait-until.ts'
import type { StreamEvent } from '../../../playground/server/event-log.ts'

/** A stream that takes what it is sent when it is told to, and a file that tells of its changes when it is told to. */
function follow(path: string) {
  const batches: StreamEvent[][] = []
  const reports: string[] = []
  const onClose: (() => void)[] = []
  const listeners = new Set<() => void>()
  let isClosed = false
  const takes: ((isOpen: boolean) => void)[] = []
  const take = (): void => {
    for (const resolve of takes.splice(0)) resolve(!isClosed)
  }
  const end = (): void => {
    isClosed = true
    for (const callback of onClose) callback()
    take()
  }
  const done = followLog(
    {
      isTaken: false,
      send: () => {},
      sendAll: (events) => void batches.push([...events]),
      whenTaken: async () =>
        !isClosed && (await new Promise<boolean>((resolve) => void takes.push(resolve))),
      end,
      onClose: (callback) => void onClose.push(callback),
    },
    {
      chain: createLogChain(path, 1),
      watch: {
        subscribe(listener) {
          listeners.add(listener)
          return () => void listeners.delete(listener)
        },
        close: () => {},
      },
      lastEventId: null,
      report: (text) => void reports.push(text),
    },
  )
  return {
    ...{ batches, reports, listeners, done, take, end },
    get isWaitingForClient() {
      return takes.length > 0
    },
  }
}

describe('followLog', () => {
  it('reads when the client has taken what was sent, and when there is something new', async () => {
    const path = join(tempFolder(), 'server.log')
    fs.writeFileSync(path, 'one\n')
    const log = follow(path)
    expect(log.batches).toEqual([])
    log.take()
    await waitUntil(() => log.batches.length === 1 && log.isWaitingForClient)
    fs.appendFileSync(path, 'two\n')
    for (const ring of log.listeners) ring()
    expect(log.batches).toHaveLength(1)
    log.take()
    await waitUntil(() => log.batches.length === 2)
    expect(log.batches.map((batch) => batch.map(({ data }) => data))).toEqual([
      [{ text: 'one' }],
      [{ text: 'two' }],
    ])
    log.end()
    await log.done
  })

  it('lets go of file and watch when the client goes while there is nothing new', async () => {
    const path = join(tempFolder(), 'server.log')
    fs.writeFileSync(path, '')
    const log = follow(path)
    log.take()
    await waitUntil(() => log.batches.length === 1)
    expect(log.isWaitingForClient).toBe(false)
    log.end()
    await log.done
    expect(log.listeners.size).toBe(0)
  })

  it('ends the stream when the log cannot be read, and says why', async () => {
    const log = follow(tempFolder())
    log.take()
    await log.done
    expect(log.reports).toEqual([expect.stringMatching(/^The log cannot be read: /)])
  })
})
