// @vitest-environment node
/** Development warnings: once for each stream, and never in production. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { warn } from '../../src/client/diagnostics.ts'

afterEach(() => vi.unstubAllEnvs())

describe('warn', () => {
  it('says the code, what it is about, why, and what to do', () => {
    const { environment, warnings } = createFakeEnvironment()
    warn(environment, 'undecodable-data', 'greeting')
    expect(warnings).toEqual([
      expect.stringMatching(/^\[vue-event-stream\] undecodable-data \(greeting\): .*JSON.*decode:/),
    ])
  })

  it('warns once for each stream', () => {
    const streams = [createFakeEnvironment(), createFakeEnvironment()]
    for (const { environment } of streams) {
      warn(environment, 'undecodable-data', 'a')
      warn(environment, 'undecodable-data', 'b')
    }
    expect(streams.map(({ warnings }) => warnings.length)).toEqual([1, 1])
  })

  it('goes to the console where the platform says nothing else', () => {
    const toConsole = vi.spyOn(console, 'warn').mockReturnValue()
    const { environment } = createFakeEnvironment()
    warn({ ...environment, warn: undefined }, 'undecodable-data', 'a')
    expect(toConsole).toHaveBeenCalledOnce()
  })

  it('is silent in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { environment, warnings } = createFakeEnvironment()
    warn(environment, 'undecodable-data', 'a')
    expect(warnings).toEqual([])
  })

  it('is silent, and does not throw, where there is no process', () => {
    vi.stubGlobal('process', undefined)
    const { environment, warnings } = createFakeEnvironment()
    expect(() => warn(environment, 'undecodable-data', 'a')).not.toThrow()
    vi.unstubAllGlobals()
    expect(warnings).toEqual([])
  })
})
