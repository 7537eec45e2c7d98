/** What runs in the page: what the query asks for. It times itself, and posts what it has measured to `/result`. */
import { CONTENDERS } from './contenders.ts'
import { measureWorkload } from './measure.ts'
import { measurePlumbing } from './plumbing.ts'
import type { WorkloadName } from '../inputs/workloads.ts'
import type { Case, MeasureOptions } from './measure.ts'

export interface PageSetup {
  /** A page for each: what is compiled for one kind of stream is not for another, as in an app. */
  readonly measure: WorkloadName | 'plumbing'
  readonly options: MeasureOptions
}

export type PageResult = { readonly cases: Case[] } | { readonly error: string }

async function measure({ measure: what, options }: PageSetup): Promise<Case[]> {
  return what === 'plumbing' ? measurePlumbing(options) : measureWorkload(what, CONTENDERS, options)
}

async function run(): Promise<PageResult> {
  try {
    const setup = new URLSearchParams(location.search).get('setup')!
    return { cases: await measure(JSON.parse(setup)) }
  } catch (error) {
    return { error: String(error) }
  }
}

await fetch('/result', { method: 'POST', body: JSON.stringify(await run()) })
