import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { BuildFailure, runBuild } from '../../../playground/server/build-work.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { BuildWork } from '../../../playground/server/build-work.ts'
import type { BuildEvents } from '../../../playground/shared/contract.ts'

const TEXT = 'the same words again and again, '.repeat(100)

function folderWith(files: Record<string, string>): string {
  const folder = tempFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

function build(folder: string, options: Partial<BuildWork> = {}) {
  const progress: BuildEvents['progress'][] = []
  const onStep = vi.fn()
  const result = runBuild({
    ...{ folder, damage: false, pauseMs: 0, onStep },
    signal: new AbortController().signal,
    onProgress: (each) => progress.push(each),
    ...options,
  })
  return { result, progress, onStep }
}

describe('runBuild', () => {
  it('works on the files of all folders but data and what was built', async () => {
    const folder = folderWith({
      'b.js': TEXT,
      'a/c.css': 'x',
      'a/empty.txt': '',
      'data/chat.ndjson': 'secret',
      'dist/client/b.js': TEXT,
      'node_modules/x.js': TEXT,
    })
    const { result, progress } = build(folder)
    const { files, bytes, gzip } = await result
    expect([files, bytes]).toEqual([3, TEXT.length + 1])
    const sizeOf = (text: string): number => gzipSync(text, { level: 9 }).length
    expect(gzip).toBe(sizeOf(TEXT) + sizeOf('x') + sizeOf(''))
    const messages = progress.filter(({ step }) => step === 'verify').map((each) => each.message)
    expect(messages).toEqual(
      ['a/c.css', 'a/empty.txt', 'b.js'].map((path) => `${path} is what it was`),
    )
  })

  it('names the step and the largest file when a packed one is damaged', async () => {
    const { result, onStep } = build(folderWith({ 'a.js': 'x', 'b.js': TEXT }), { damage: true })
    await expect(result).rejects.toThrow(
      new BuildFailure('b.js: what was unpacked is not what was packed'),
    )
    expect(onStep).toHaveBeenLastCalledWith('verify')
  })

  it('fails where there is nothing to build', async () => {
    await expect(build(folderWith({})).result).rejects.toThrow(BuildFailure)
  })

  it('stops when it is told to, in the middle of its rest', async () => {
    const stop = new AbortController()
    const { result } = build(folderWith({ 'a.js': 'x' }), {
      ...{ pauseMs: 3_600_000, signal: stop.signal },
      onProgress: () => stop.abort(),
    })
    await expect(result).rejects.toThrow('aborted')
  })
})
