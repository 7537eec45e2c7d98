/** A folder of its own for a test, gone when the test (or, with `afterAll`, the suite) has finished. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export function tempFolder(whenFinished: (cleanUp: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'playground-'))
  whenFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
