/** The builds of the server: one at a time, told as events from their start to their end. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BuildFailure, runBuild } from './build-work.ts'
import { createEventLog } from './event-log.ts'
import { RequestProblem, toProblem } from './problem.ts'
import type { BuildEvents, BuildRequest, BuildStep } from '../shared/contract.ts'
import type { EventLog } from './event-log.ts'
import type { Settings } from './settings.ts'

export interface Build {
  readonly id: string
  readonly events: EventLog
  readonly isRunning: boolean
}

export interface Builds {
  readonly latest: Build | undefined
  start(request: Required<BuildRequest>): Build
  /** Throws the problem when there is none. */
  find(id: string): Build
  /** Stops what is running and resolves when it has stopped. */
  close(): Promise<void>
}

/** More than a build has: whoever comes without an id gets it from its start. */
const MAX_EVENTS = 1000
const KEPT_BUILDS = 20

/** What is built: the pages as they are served, or, where nothing has been built yet, their source. */
const BUILT_PAGES = fileURLToPath(new URL('../client', import.meta.url))
const SOURCE = fileURLToPath(new URL('..', import.meta.url))

export function createBuilds({ buildPauseMs }: Pick<Settings, 'buildPauseMs'>): Builds {
  const folder = existsSync(BUILT_PAGES) ? BUILT_PAGES : SOURCE
  /** Oldest first. */
  const builds = new Map<string, Build>()
  const closing = new AbortController()
  const { signal } = closing
  let work: Promise<void> = Promise.resolve()

  function start({ damage }: Required<BuildRequest>): Build {
    const id = randomBytes(6).toString('hex')
    const events = createEventLog({ capacity: MAX_EVENTS, newcomerEvents: MAX_EVENTS })
    let isRunning = true
    let step: BuildStep = 'list'

    const append = <Type extends keyof BuildEvents>(type: Type, data: BuildEvents[Type]): void =>
      void events.append(type, data)

    async function run(): Promise<void> {
      append('started', { id })
      try {
        const result = await runBuild({
          ...{ folder, damage, signal },
          pauseMs: buildPauseMs,
          onStep: (next) => (step = next),
          onProgress: (progress) => append('progress', progress),
        })
        isRunning = false
        append('complete', result)
      } catch (error) {
        isRunning = false
        if (!signal.aborted) append('failed', { step, message: describe(error) })
      }
    }

    const build = {
      ...{ id, events },
      get isRunning() {
        return isRunning
      },
    }
    builds.set(id, build)
    for (const [oldest] of builds) if (builds.size > KEPT_BUILDS) builds.delete(oldest)
    work = run()
    return build
  }

  return {
    get latest() {
      return [...builds.values()].at(-1)
    },
    start,
    find(id) {
      const build = builds.get(id)
      if (build) return build
      throw new RequestProblem(
        404,
        'There is no such build',
        'The server has been started anew, or has had many others since.',
      )
    },
    async close() {
      closing.abort()
      await work
    },
  }
}

function describe(error: unknown): string {
  if (error instanceof BuildFailure) return error.message
  const { message, detail } = toProblem(error)
  return `${message}. ${detail}`
}
