/**
 * Where uploads lie on disk: `<id>/1`, `<id>/2`, … and `<id>/files.json` with the names, which is written last.
 * A folder without it is the leftover of an upload that did not end.
 */
import * as fs from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from './report.ts'
import type { FileHandle } from 'node:fs/promises'
import type { Report } from './report.ts'

export interface StoredFile {
  name: string
  size: number
}

export interface StoredUpload {
  id: string
  /** Epoch ms. */
  time: number
  /** The length of the multipart body. */
  received: number
  files: StoredFile[]
}

export interface UploadFolder {
  /** What earlier runs have completed, oldest first; their leftovers are gone. */
  readonly stored: readonly StoredUpload[]
  begin(id: string): Promise<void>
  pathOf(id: string, number: number): string
  complete(upload: StoredUpload): Promise<void>
  /** Null when there is no such file. */
  open(id: string, number: number): Promise<FileHandle | null>
  remove(id: string): Promise<void>
}

const UPLOAD_ID = /^[0-9a-f]{24}$/
const MANIFEST = 'files.json'

export function openUploadFolder(root: string, report: Report): UploadFolder {
  /** The only place that makes a path of an id: whatever the routes let through cannot leave the folder. */
  function folderOf(id: string): string {
    if (!UPLOAD_ID.test(id)) throw new Error('This is not the id of an upload.')
    return join(root, id)
  }

  function pathOf(id: string, number: number): string {
    if (!Number.isSafeInteger(number) || number < 1) throw new Error('Files are numbered from 1.')
    return join(folderOf(id), String(number))
  }

  async function remove(id: string): Promise<void> {
    try {
      await rm(folderOf(id), { recursive: true, force: true })
    } catch (error) {
      report(`An upload cannot be removed: ${reasonOf(error)}`)
    }
  }

  return {
    stored: readStored(root, report),
    begin: async (id) => void (await mkdir(folderOf(id), { recursive: true })),
    pathOf,
    async complete(upload) {
      const path = join(folderOf(upload.id), MANIFEST)
      await writeFile(`${path}.next`, JSON.stringify(upload))
      await rename(`${path}.next`, path)
    },
    async open(id, number) {
      try {
        return await open(pathOf(id, number))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    remove,
  }
}

function readStored(root: string, report: Report): StoredUpload[] {
  const stored: StoredUpload[] = []
  try {
    fs.mkdirSync(root, { recursive: true })
    for (const id of fs.readdirSync(root)) {
      if (!UPLOAD_ID.test(id)) continue
      const upload = readManifest(join(root, id, MANIFEST))
      if (upload?.id === id) stored.push(upload)
      else fs.rmSync(join(root, id), { recursive: true, force: true })
    }
  } catch (error) {
    report(`${root} cannot be read: ${reasonOf(error)}`)
  }
  stored.sort((a, b) => a.time - b.time)
  return stored
}

function readManifest(path: string): StoredUpload | undefined {
  try {
    const { id, time, received, files } = JSON.parse(fs.readFileSync(path, 'utf8'))
    const isSound =
      typeof time === 'number' &&
      typeof received === 'number' &&
      Array.isArray(files) &&
      files.every(({ name, size }) => typeof name === 'string' && typeof size === 'number')
    return isSound ? { id, time, received, files } : undefined
  } catch {
    return undefined
  }
}
