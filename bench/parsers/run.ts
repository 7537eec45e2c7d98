/** The benchmark of parsers, in Node and in Chromium. */
import { BASE, LIMITS, PARSERS } from './contenders.ts'
import { buildPageScript, openParserPages } from './chromium.ts'
import { processorMs } from '../support/processor-time.ts'
import { joinRounds, measureWorkload, workloadsOf } from './measure.ts'
import { measurePlumbing, PIPE_THROUGH } from './plumbing.ts'
import { chromiumTargets, nodeTargets, ratioTable } from './tables.ts'
import { UNDICI, undiciParser } from './undici-parser.ts'
import type { BenchResult, ResultTable } from '../support/results.ts'
import type { Case, MeasureOptions } from './measure.ts'
import type { PageSetup } from './page-script.ts'

export interface ParsersOptions extends MeasureOptions {
  /** Says how far it is. */
  onProgress?(text: string): void
}

const COMMAND = 'npm run bench:parsers'

export async function measureParsersInNode(given: ParsersOptions): Promise<BenchResult> {
  const options = { now: processorMs, ...given }
  const contenders = { ...PARSERS, [UNDICI]: undiciParser, ...LIMITS }
  const parsers: Case[] = []
  for (const name of workloadsOf(options.only)) {
    options.onProgress?.(`Node: ${name}`)
    parsers.push(...(await measureWorkload(name, contenders, options)))
  }
  options.onProgress?.('Node: plumbing')
  const plumbing = await measurePlumbing(options)
  return {
    name: 'parsers-node',
    title: 'Parsers in Node',
    command: COMMAND,
    rounds: options.rounds,
    tables: tablesOf(parsers, plumbing, ' The time is that of the processor, in all threads.'),
    targets: nodeTargets(parsers, plumbing),
  }
}

export async function measureParsersInChromium(
  options: ParsersOptions,
): Promise<{ result: BenchResult; browser: string }> {
  const { rounds, sampleMs, bytes, only } = options
  const parsers: Case[][] = []
  const plumbing: Case[][] = []
  const script = await buildPageScript()
  let browser = ''
  for (let round = 0; round < rounds; round++) {
    const pages = await openParserPages(script)
    const measure = (what: PageSetup['measure']): Promise<Case[]> => {
      options.onProgress?.(`Chromium, round ${round + 1}: ${what}`)
      return pages.measure({
        measure: what,
        options: { rounds: 1, seed: round, sampleMs, bytes, only },
      })
    }
    try {
      for (const name of workloadsOf(only)) parsers.push(await measure(name))
      plumbing.push(await measure('plumbing'))
      browser = pages.browser
    } finally {
      await pages.close()
    }
  }
  const result: BenchResult = {
    name: 'parsers-chromium',
    title: 'Parsers in Chromium',
    command: COMMAND,
    rounds,
    tables: tablesOf(
      joinRounds(parsers),
      joinRounds(plumbing),
      ' A browser for each round: in one of ten or so whatever makes messages is slower from start to end, by half or by twice, and ours more than others.',
    ),
    targets: chromiumTargets(joinRounds(parsers), joinRounds(plumbing)),
  }
  return { result, browser }
}

function tablesOf(parsers: readonly Case[], plumbing: readonly Case[], more = ''): ResultTable[] {
  return [
    ratioTable(parsers, BASE, {
      title: 'Parsers',
      note: `Times as fast as ${BASE} behind a streaming TextDecoder; higher is better.${more} The end of every text is read, so that none is left to be put together later. The last columns are limits, no parsers: what it takes only to decode, to find the line feeds, and to parse the payloads as JSON.`,
    }),
    ratioTable(plumbing, PIPE_THROUGH, {
      title: 'From a stream to messages',
      note: `Times as fast as \`stream.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())\`. The clients are whole ones, with reconnection; the streams are made in the process.${more}`,
    }),
  ]
}
