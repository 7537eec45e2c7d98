/** One run with a profiler attached, whose times are therefore no measure: where they go is. */
import { writeFileSync } from 'node:fs'
import { eventually } from '../../test/browser/eventually.ts'
import { buildPage } from '../support/build-page.ts'
import { startServerProcess } from './server-process.ts'
import { openPages } from './measure-pages.ts'
import { sumSelfTimes } from './self-times.ts'
import type { Contender } from './contenders.ts'
import type { CpuProfile } from './self-times.ts'

const INTERVAL_US = 100
const TOP = 30

export async function profilePage(
  contender: Contender,
  count: number,
  file: string,
): Promise<void> {
  const scripts = await buildPage('bench/page/page-script.ts', true)
  const pages = await openPages(scripts, startServerProcess)
  let profile: CpuProfile | undefined
  const { ms } = await pages.measure(contender, { count, capMs: 60_000 }, async (lone) => {
    const tab = await lone.attach()
    await tab.tell('Profiler.enable')
    await tab.tell('Profiler.setSamplingInterval', { interval: INTERVAL_US })
    await eventually(() => tab.evaluate(checkHeld))
    await tab.tell('Profiler.start')
    await tab.evaluate(startRun)
    return async () => void ({ profile } = await tab.tell('Profiler.stop'))
  })
  await pages.close()
  writeFileSync(file, JSON.stringify(profile))
  console.log(`${count} events in ${Math.round(ms!)} ms with the profiler; ${file}\n`)
  for (const { name, ms: self, share } of sumSelfTimes(profile!).slice(0, TOP))
    console.log(
      `${self.toFixed(1).padStart(8)} ms ${(share * 100).toFixed(1).padStart(5)} %  ${name}`,
    )
}

/** These run in the page, which is held when it is settled. */
function checkHeld(): void {
  if (!('startRun' in globalThis)) throw new Error('The page is not settled')
}
function startRun(): void {
  ;(globalThis as { startRun?: () => void }).startRun!()
}
