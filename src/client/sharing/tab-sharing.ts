/** Whether the tabs of the browser can share a stream, and why not: told once for each reason. */
import { warn } from '../diagnostics.ts'
import type { Environment } from '../environment.ts'
import type { UrlSource } from '../options.ts'
import type { SharedOptions } from './share-key.ts'
import type { CreateTabConnection } from './shared-streams.ts'

/** The code for tabs, on its way. */
export type LoadingTabs = Promise<{ readonly createTabConnection: CreateTabConnection }>

export interface TabSharing {
  /**
   * Gives undefined where tabs cannot share: the streams of the app still do.
   * @param whenLate Then they go on without this code.
   */
  whenTabsLoaded(
    loading: LoadingTabs | undefined,
    source: UrlSource,
    identity: SharedOptions['identity'],
    environment: Environment,
    whenLate: Promise<void>,
  ): Promise<CreateTabConnection | undefined>
}

export function createTabSharing(): TabSharing {
  const told = new Set<string>()

  return {
    async whenTabsLoaded(loading, source, identity, environment, whenLate) {
      if (!loading) return undefined
      const tell = (problem: string): void =>
        warn(environment, 'tabs-not-shared', problem, () => told.size < told.add(problem).size)
      const { platform } = environment
      const { locks } = (platform('navigator') ?? {}) as { locks?: unknown }
      const problem =
        (identity === undefined && 'no identity') ||
        (typeof source === 'function' && 'its URL is a function') ||
        (!(locks && platform('BroadcastChannel')) && 'no Web Locks')
      if (problem) tell(problem)
      else {
        try {
          return (await Promise.race([loading, whenLate.then(giveUp)])).createTabConnection
        } catch (cause) {
          tell(`${cause}`)
        }
      }
      return undefined
    },
  }
}

function giveUp(): never {
  throw new Error('Not loaded in time.')
}
