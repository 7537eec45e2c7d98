/** All uploads the server knows: the newest ones, those of earlier runs included. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { RequestProblem } from './problem.ts'
import { reportOnConsole } from './report.ts'
import { createUpload } from './upload.ts'
import { openUploadFolder } from './upload-folder.ts'
import type { Settings } from './settings.ts'
import type { Upload, UploadLimits } from './upload.ts'

export interface Uploads {
  readonly limits: UploadLimits
  create(): Upload
  /** Throws the problem when there is none. */
  find(id: string): Upload
  /** Cancels what is running and resolves when its files are gone. */
  close(): Promise<void>
}

const MAX_FILES = 20
const KEPT_UPLOADS = 50

export function createUploads(settings: Pick<Settings, 'dataDir' | 'maxUploadBytes'>): Uploads {
  const limits: UploadLimits = { maxBytes: settings.maxUploadBytes, maxFiles: MAX_FILES }
  const folder = openUploadFolder(join(settings.dataDir, 'uploads'), reportOnConsole)
  /** Oldest first. */
  const uploads = new Map<string, Upload>()
  for (const stored of folder.stored) {
    uploads.set(stored.id, createUpload(stored.id, folder, limits, stored))
  }
  let removals: Promise<unknown> = Promise.resolve()
  removeOldest()

  function removeOldest(): void {
    for (const upload of uploads.values()) {
      if (uploads.size <= KEPT_UPLOADS) return
      if (upload.state === 'receiving') continue
      uploads.delete(upload.id)
      const removal = upload.cancel().then(() => folder.remove(upload.id))
      removals = Promise.all([removals, removal])
    }
  }

  return {
    limits,
    create() {
      // Nobody can guess the id, so nobody can cancel or download what belongs to somebody else.
      const upload = createUpload(randomBytes(12).toString('hex'), folder, limits)
      uploads.set(upload.id, upload)
      removeOldest()
      return upload
    },
    find(id) {
      const upload = uploads.get(id)
      if (upload) return upload
      throw new RequestProblem(404, 'There is no such upload', 'It may have been removed.')
    },
    async close() {
      await Promise.all([...uploads.values()].map((upload) => upload.cancel()))
      await removals
    },
  }
}
