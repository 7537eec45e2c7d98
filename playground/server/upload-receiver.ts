/** Receives a multipart body into files and counts its bytes as they come from the network. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { cleanFileName } from './file-names.ts'
import { RequestProblem } from './problem.ts'
import type { IncomingMessage } from 'node:http'
import type { StoredFile } from './upload-folder.ts'

/** The client has gone, or somebody has cancelled the upload. */
export class UploadCancelled extends Error {
  override readonly name = 'UploadCancelled'
}

/** What has come so far. The receiver keeps it up to date. */
export interface Reception {
  received: number
  readonly files: StoredFile[]
}

export interface ReceiverOptions {
  request: IncomingMessage
  reception: Reception
  maxBytes: number
  maxFiles: number
  /** Where file 1, 2, … is written. */
  pathOf(number: number): string
  signal: AbortSignal
  onBytes(): void
}

/** The length of the whole body, so that progress has a total. Throws the problem when there is none. */
export function readTotal({ headers }: IncomingMessage, maxBytes: number): number {
  const total = headers['content-length']
  if (total === undefined) {
    throw new RequestProblem(
      411,
      'The length of the upload is missing',
      'Send it with Content-Length, not chunked: without a total there is no progress.',
    )
  }
  if (Number(total) > maxBytes) throw tooLarge(maxBytes)
  return Number(total)
}

/** Resolves when everything is on disk. On a failure nothing is written any more when it rejects. */
export async function receiveFiles(options: ReceiverOptions): Promise<void> {
  const { request, reception, maxBytes, maxFiles, signal } = options
  const parser = openParser(request, maxFiles)
  const writes: Promise<void>[] = []
  let onAbort = (): void => {}
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(new UploadCancelled())
      // Whoever went before this line will not say so again.
      if (signal.aborted || request.destroyed) onAbort()
      signal.addEventListener('abort', onAbort)
      request.once('close', () => {
        if (!request.readableEnded) onAbort()
      })
      request.on('error', onAbort)
      request.on('data', (chunk: Buffer) => {
        reception.received += chunk.length
        if (reception.received > maxBytes) reject(tooLarge(maxBytes))
        else options.onBytes()
      })
      const onMalformed = (): void =>
        reject(new RequestProblem(400, 'The body is not valid multipart'))
      parser.on('file', (_field, content, { filename }) => {
        content.on('error', onMalformed)
        // A file input without a choice sends a part without a name.
        if (!filename) return void content.resume()
        const file: StoredFile = { name: cleanFileName(filename), size: 0 }
        const target = createWriteStream(options.pathOf(reception.files.push(file)), {
          flags: 'wx',
        })
        // Before the error of the content that follows from it: this one is the server's fault.
        target.once('error', reject)
        content.on('data', (chunk: Buffer) => {
          file.size += chunk.length
        })
        const write = pipeline(content, target)
        write.catch(reject)
        writes.push(write)
      })
      parser.on('filesLimit', () => reject(tooManyFiles(maxFiles)))
      parser.on('error', onMalformed)
      parser.once('close', resolve)
      request.pipe(parser)
    })
    await Promise.all(writes)
  } catch (error) {
    request.unpipe(parser)
    parser.destroy()
    await Promise.allSettled(writes)
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  if (reception.files.length === 0) throw new RequestProblem(400, 'The body holds no file')
}

function openParser({ headers }: IncomingMessage, maxFiles: number): busboy.Busboy {
  if (!/^multipart\/form-data\s*;/i.test(headers['content-type'] ?? '')) {
    throw new RequestProblem(415, 'The body must be multipart/form-data with a boundary')
  }
  try {
    const limits = { files: maxFiles }
    // Names come as they are: what is left of them is decided in one place, by cleanFileName.
    return busboy({ headers, defParamCharset: 'utf8', preservePath: true, limits })
  } catch {
    throw new RequestProblem(415, 'The body must be multipart/form-data with a boundary')
  }
}

function tooLarge(maxBytes: number): RequestProblem {
  return new RequestProblem(
    413,
    'The upload is too large',
    `${bytesAsText(maxBytes)} are the limit for one upload.`,
  )
}

function tooManyFiles(maxFiles: number): RequestProblem {
  return new RequestProblem(
    413,
    'The upload has too many files',
    `${maxFiles} files are the limit for one upload.`,
  )
}

function bytesAsText(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2
  return mebibytes < 1 ? `${bytes} bytes` : `${Number(mebibytes.toFixed(1))} MiB`
}
