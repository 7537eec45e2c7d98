// @vitest-environment node
/** Whether tabs can share a stream. */
import { describe, expect, it } from 'vitest'
import { createTabSharing } from '../../../src/client/sharing/tab-sharing.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { TAB_PARTS } from '../../support/shared-streams.ts'
import type { CreateTabConnection } from '../../../src/client/sharing/shared-streams.ts'
import type { Environment } from '../../../src/client/environment.ts'

const createTabConnection: CreateTabConnection = () => {
  throw new Error('not called')
}
/** There is time. */
const NEVER = new Promise<never>(() => {})
const LOADED = Promise.resolve({ createTabConnection })

function createEnvironment(warnings: string[] = []): Environment {
  const { environment } = createFakeEnvironment()
  const warn = (text: string): void => void warnings.push(/\((.*?)\)/.exec(text)![1]!)
  return { ...environment, warn, platform: (name) => (TAB_PARTS as Record<string, unknown>)[name] }
}

describe('createTabSharing', () => {
  it('gives what makes the connection of tabs as soon as it is loaded', async () => {
    const { whenTabsLoaded } = createTabSharing()
    const environment = createEnvironment()
    expect(await whenTabsLoaded(LOADED, '/a', 'ada', environment, NEVER)).toBe(createTabConnection)
    expect(await whenTabsLoaded(LOADED, '/a', null, environment, NEVER)).toBe(createTabConnection)
  })

  it('gives nothing, and does not warn, where tabs are not to share', async () => {
    const warnings: string[] = []
    const { whenTabsLoaded } = createTabSharing()
    const environment = createEnvironment(warnings)
    expect(await whenTabsLoaded(undefined, '/a', undefined, environment, NEVER)).toBe(undefined)
    expect(warnings).toEqual([])
  })

  it('does not wait for code that is of no use', async () => {
    const { whenTabsLoaded } = createTabSharing()
    expect(await whenTabsLoaded(NEVER, '/a', undefined, createEnvironment(), NEVER)).toBe(undefined)
  })

  it('is given up when it is late', async () => {
    const warnings: string[] = []
    const { whenTabsLoaded } = createTabSharing()
    const late = Promise.resolve()
    expect(await whenTabsLoaded(NEVER, '/a', null, createEnvironment(warnings), late)).toBe(
      undefined,
    )
    expect(warnings).toEqual(['Error: Not loaded in time.'])
  })

  it('tells each reason once, whatever the streams are', async () => {
    const warnings: string[] = []
    const { whenTabsLoaded } = createTabSharing()
    const gone = Promise.reject<never>(new Error('gone'))
    for (let round = 0; round < 2; round++) {
      expect(
        await whenTabsLoaded(LOADED, '/a', undefined, createEnvironment(warnings), NEVER),
      ).toBe(undefined)
      expect(await whenTabsLoaded(gone, '/a', null, createEnvironment(warnings), NEVER)).toBe(
        undefined,
      )
    }
    expect(warnings).toEqual(['no identity', 'Error: gone'])
  })
})
