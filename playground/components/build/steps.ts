/** What the steps of a build are called. */
import type { BuildStep } from '../../shared/contract.ts'

export const STEP_NAMES: Record<BuildStep, string> = {
  list: 'List the files',
  hash: 'Hash them',
  compress: 'Pack them with gzip and Brotli',
  verify: 'Unpack and compare',
}
