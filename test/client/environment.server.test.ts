/** The default environment in Node: no page, no frames, no global events. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startFaultServer } from '../support/fault-server.ts'
import { defaultEnvironment } from '../../src/client/environment.ts'
import type { AnyFunction } from '../../src/client/delivery/handler-list.ts'
import type { FaultServer } from '../support/fault-server.ts'

let server: FaultServer
beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

describe('defaultEnvironment in Node', () => {
  it('fetches', async () => {
    const response = await defaultEnvironment.fetch(`${server.url}/status?code=418`, {})
    expect(response.status).toBe(418)
  })

  it('calls back after a while, and not when it is taken back', async () => {
    const taken = vi.fn<AnyFunction>()
    const cancel = defaultEnvironment.after(1, taken)
    cancel()
    await new Promise<void>((resolve) => defaultEnvironment.after(5, resolve))
    expect(taken).not.toHaveBeenCalled()
  })

  it('calls back soon where there are no frames, and not when it is taken back', async () => {
    const taken = vi.fn<AnyFunction>()
    const cancel = defaultEnvironment.nextFrame(taken)
    cancel()
    await new Promise<void>((resolve) => defaultEnvironment.nextFrame(resolve))
    expect(taken).not.toHaveBeenCalled()
  })

  it('calls back in the next turn without a timer, not at once, and not when it is taken back', async () => {
    const setTimeout = vi.spyOn(globalThis, 'setTimeout')
    const taken = vi.fn<AnyFunction>()
    const asked = vi.fn<AnyFunction>()
    defaultEnvironment.nextTurn(taken)()
    defaultEnvironment.nextTurn(asked)
    await Promise.resolve()
    expect(asked).not.toHaveBeenCalled()
    await new Promise<void>((resolve) => defaultEnvironment.nextTurn(resolve))
    expect(setTimeout).not.toHaveBeenCalled()
    expect([taken.mock.calls.length, asked.mock.calls.length]).toEqual([0, 1])
  })

  it('keeps no process alive for a turn that was taken back', async () => {
    const ports = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
    const before = ports()
    const cancels = Array.from({ length: 3 }, () => defaultEnvironment.nextTurn(() => {}))
    expect(ports()).toBeGreaterThan(before)
    for (const cancel of cancels) cancel()
    await vi.waitUntil(() => ports() <= before)
  })

  it('says what the platform has', () => {
    expect(defaultEnvironment.platform('AbortController')).toBe(AbortController)
    expect(defaultEnvironment.platform('EventSource')).toBe(globalThis.EventSource)
  })

  it('has a clock and chance, and no page', () => {
    expect(Math.abs(defaultEnvironment.now() - Date.now())).toBeLessThan(1000)
    const chances = Array.from({ length: 100 }, () => defaultEnvironment.random())
    expect(chances.every((chance) => chance >= 0 && chance < 1)).toBe(true)
    expect(new Set(chances).size).toBeGreaterThan(1)
    expect(defaultEnvironment.baseURI()).toBe(undefined)
  })

  it('has no page events, and can do without', () => {
    const cancel = defaultEnvironment.onPageEvent(() => {})
    expect(cancel).not.toThrow()
    expect(defaultEnvironment.navigation().type).toBe('navigate')
    expect(defaultEnvironment.debug).toBe(undefined)
  })
})
