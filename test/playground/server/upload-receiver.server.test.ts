import { once } from 'node:events'
import { Readable } from 'node:stream'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UploadCancelled, receiveFiles } from '../../../playground/server/upload-receiver.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { IncomingMessage } from 'node:http'
import type { ReceiverOptions } from '../../../playground/server/upload-receiver.ts'

function options(request: Readable, signal = new AbortController().signal): ReceiverOptions {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const folder = tempFolder()
  return {
    request: Object.assign(request, { headers }) as unknown as IncomingMessage,
    reception: { received: 0, files: [] },
    maxBytes: 100,
    maxFiles: 2,
    pathOf: (number) => join(folder, String(number)),
    signal,
    onBytes: () => {},
  }
}

describe('receiveFiles', () => {
  it('is cancelled when the client went before anybody listened', async () => {
    const request = new Readable({ read() {} }).destroy()
    await once(request, 'close')
    await expect(receiveFiles(options(request))).rejects.toThrow(UploadCancelled)
  })

  it('is cancelled when the client goes without an error', async () => {
    const request = new Readable({ read() {} })
    const receiving = receiveFiles(options(request))
    request.destroy()
    await expect(receiving).rejects.toThrow(UploadCancelled)
  })

  it('is cancelled when somebody cancelled before it began', async () => {
    const request = new Readable({ read() {} })
    const receiving = receiveFiles(options(request, AbortSignal.abort()))
    await expect(receiving).rejects.toThrow(UploadCancelled)
  })

  it('counts what comes, not only what was announced', async () => {
    const request = new Readable({ read() {} })
    request.push('x'.repeat(101))
    await expect(receiveFiles(options(request))).rejects.toMatchObject({ status: 413 })
  })
})
