/** Starts the fault server for all tests that run in a browser: `inject('sseUrl')` says where it is. */
import { startFaultServer } from './fault-server.ts'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The fault server's URL, of another origin than the tests' page. */
    sseUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startFaultServer()
  project.provide('sseUrl', server.url)
  return server.close
}
