/** From samples to a table and targets. */
import { median, speedRatio } from '../support/rounds.ts'
import type { ResultTable, Target } from '../support/results.ts'
import type { Samples } from '../support/rounds.ts'
import type { AppName } from './measure-start-up.ts'
import type { StartUpResult } from './start-app.ts'

type StartUpSamples = Samples<StartUpResult>
type Time = keyof StartUpResult

const NAMES: Readonly<Record<AppName, string>> = {
  ours: 'vue-event-stream',
  native: 'EventSource + ref',
  vueuse: '@vueuse/core useEventSource',
  'fetch-event-source': '@microsoft/fetch-event-source + ref',
}

/** What an app's samples are called. */
export const keyOf = (app: AppName, isCached: boolean): string =>
  `${app}, ${isCached ? 'cached' : 'not cached'}`

/** Of the app's time to that of native EventSource, as the median over the rounds. */
export function timeRatio(
  samples: StartUpSamples,
  app: AppName,
  isCached: boolean,
  time: Time,
): number {
  const times = (name: AppName): number[] =>
    (samples.get(keyOf(name, isCached)) ?? []).map((sample) => sample[time])
  return speedRatio(times('native'), times(app))
}

export function createTable(
  samples: StartUpSamples,
  scriptBytes: Readonly<Record<string, number>>,
): ResultTable {
  const base = (isCached: boolean): string =>
    `${Math.round(median((samples.get(keyOf('native', isCached)) ?? []).map(({ paintedMs }) => paintedMs)))} ms`
  const apps = (Object.keys(NAMES) as AppName[]).filter((app) => samples.has(keyOf(app, false)))
  return {
    title: 'The first message is painted',
    note:
      'A Vue app built for production, over HTTP, whose server sends the first message at once. Times to those of the same app ' +
      `with EventSource, lower is faster; painted there after ${base(false)}, and ${base(true)} with the scripts in the cache. In the ` +
      'document: before its frame. Scripts: what is loaded at once, minified, Vue included.',
    columns: [
      'app',
      'painted',
      'painted, cached',
      'in the document',
      'in the document, cached',
      'scripts, kB',
    ],
    rows: apps.map((app) => [
      NAMES[app],
      timeRatio(samples, app, false, 'paintedMs'),
      timeRatio(samples, app, true, 'paintedMs'),
      timeRatio(samples, app, false, 'inDocumentMs'),
      timeRatio(samples, app, true, 'inDocumentMs'),
      scriptBytes[app]! / 1000,
    ]),
  }
}

const MAX_RATIO = 1.15

export function createTargets(samples: StartUpSamples): Target[] {
  return [false, true]
    .map((isCached) => ({
      what: `first message painted${isCached ? ', scripts cached' : ''}, times that of EventSource`,
      atMost: MAX_RATIO,
      measured: timeRatio(samples, 'ours', isCached, 'paintedMs'),
    }))
    .filter(({ measured }) => !Number.isNaN(measured))
}
