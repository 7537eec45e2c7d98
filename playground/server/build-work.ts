/**
 * The work of a build, and it is real: the files of a folder are hashed, packed in two ways, unpacked again and compared.
 * Nothing is written.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, gunzip, gzip } from 'node:zlib'
import type { BuildEvents, BuildResult, BuildStep } from '../shared/contract.ts'

export interface BuildWork {
  folder: string
  /** Turns a byte of a packed file around, so that it cannot be verified. */
  damage: boolean
  /** How long to rest after each file. */
  pauseMs: number
  signal: AbortSignal
  onStep(step: BuildStep): void
  onProgress(progress: BuildEvents['progress']): void
}

/** What is wrong with the files, in words that can be shown. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure'
}

interface BuiltFile {
  path: string
  content: Buffer
  hash: string
  gzipped: Buffer
  brotli: Buffer
}

const MAX_FILES = 60
/** Not part of the pages: data of visitors, and what was built before. */
const SKIPPED = ['data', 'dist', 'node_modules']
/** Every file is worked on in all steps but the first, which is one piece of work. */
const STEPS_PER_FILE = 3
const GZIP_LEVEL = 9

export async function runBuild(work: BuildWork): Promise<BuildResult> {
  const { folder, damage, pauseMs, signal, onStep, onProgress } = work
  const startedAt = performance.now()
  const paths = await listFiles(folder)
  const allUnits = 1 + paths.length * STEPS_PER_FILE
  let units = 0

  async function tell(step: BuildStep, done: number, total: number, message: string) {
    const percent = Math.floor((++units / allUnits) * 100)
    onProgress({ step, message, done, total, percent })
    await rest(pauseMs, undefined, { signal })
  }

  async function forEach<Item, Result>(
    name: BuildStep,
    items: readonly Item[],
    handle: (item: Item) => Promise<[result: Result, message: string]>,
  ): Promise<Result[]> {
    const results: Result[] = []
    onStep(name)
    for (const item of items) {
      const [result, message] = await handle(item)
      results.push(result)
      await tell(name, results.length, items.length, message)
    }
    return results
  }

  await tell('list', 1, 1, `${paths.length} files`)
  const hashed = await forEach('hash', paths, async (path) => {
    const content = await readFile(join(folder, path))
    const hash = hashOf(content)
    return [{ path, content, hash }, `${path} ${hash.slice(0, 8)}`]
  })
  const packed = await forEach('compress', hashed, async (file): Promise<[BuiltFile, string]> => {
    const [gzipped, brotli] = await Promise.all([
      promisify(gzip)(file.content, { level: GZIP_LEVEL }),
      promisify(brotliCompress)(file.content),
    ])
    const sizes = `${file.content.length} to ${gzipped.length} and ${brotli.length} bytes`
    return [{ ...file, gzipped, brotli }, `${file.path} ${sizes}`]
  })
  if (damage) damageLargest(packed)
  await forEach('verify', packed, async (file) => {
    await verify(file)
    return [null, `${file.path} is what it was`]
  })

  const sum = (sizeOf: (file: BuiltFile) => number): number =>
    packed.reduce((total, file) => total + sizeOf(file), 0)
  return {
    files: packed.length,
    bytes: sum(({ content }) => content.length),
    gzip: sum(({ gzipped }) => gzipped.length),
    brotli: sum(({ brotli }) => brotli.length),
    durationMs: Math.round(performance.now() - startedAt),
  }
}

/** Below the folder, with slashes, in order. */
async function listFiles(folder: string): Promise<string[]> {
  const paths: string[] = []
  for (const path of await readdir(folder, { recursive: true })) {
    if (SKIPPED.includes(path.split(sep)[0]!)) continue
    const stats = await stat(join(folder, path))
    if (stats.isFile()) paths.push(path.split(sep).join('/'))
  }
  if (paths.length === 0) throw new BuildFailure('There are no files to build')
  paths.sort()
  return paths.slice(0, MAX_FILES)
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function damageLargest(files: readonly BuiltFile[]): void {
  const { gzipped } = files.reduce((a, b) => (b.gzipped.length > a.gzipped.length ? b : a))
  const middle = gzipped.length >> 1
  gzipped[middle] = gzipped[middle]! ^ 0xff
}

async function verify({ path, hash, gzipped, brotli }: BuiltFile): Promise<void> {
  const unpacked = await Promise.allSettled([
    promisify(gunzip)(gzipped),
    promisify(brotliDecompress)(brotli),
  ])
  const isSame = unpacked.every(
    (result) => result.status === 'fulfilled' && hashOf(result.value) === hash,
  )
  if (!isSame) throw new BuildFailure(`${path}: what was unpacked is not what was packed`)
}
