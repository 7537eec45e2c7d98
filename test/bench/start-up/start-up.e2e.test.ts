/** The benchmark of the start-up, once: that all of it works. No time is asserted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { APPS, openStartUps } from '../../../bench/start-up/measure-start-up.ts'
import type { StartUps } from '../../../bench/start-up/measure-start-up.ts'

let startUps: StartUps

beforeAll(async () => {
  startUps = await openStartUps(0)
})
afterAll(() => startUps?.close())

describe('start-up', () => {
  it.each(APPS)(
    'of %s ends with its first message, with and without scripts in the cache',
    async (app) => {
      for (const isCached of [false, true]) {
        const { inDocumentMs, paintedMs } = await startUps.measure(app, isCached)
        expect(inDocumentMs).toBeGreaterThan(0)
        expect(paintedMs).toBeGreaterThan(0)
      }
    },
  )

  it('loads as much as the app needs at once', () => {
    expect(Object.keys(startUps.scriptBytes)).toEqual([...APPS])
    for (const bytes of Object.values(startUps.scriptBytes)) expect(bytes).toBeGreaterThan(50_000)
  })
})
