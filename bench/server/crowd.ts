/** Many clients of one stream in one process: sockets that look for a text in what comes, and do nothing else. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface Crowd {
  readonly size: number
  /** Opens more, and resolves when all have the head of their answers. */
  grow(size: number): Promise<void>
  /** Resolves when all have this text; gives the milliseconds from now until the first, half of them and the last had it. */
  hear(text: string): Promise<Heard>
  close(): void
}

export interface Heard {
  readonly firstMs: number
  readonly halfMs: number
  readonly allMs: number
}

export interface CrowdOptions {
  port: number
  path: string
}

/** Each address has some 28,000 ports of its own. */
const ADDRESSES = 4
const AT_ONCE = 100
const TIMEOUT_MS = 60_000

export function createCrowd({ port, path }: CrowdOptions): Crowd {
  const sockets: Socket[] = []
  /** What is looked for, and who tells that it has come. */
  let wanted = ''
  let onFound = (): void => {}
  let fail = (_error: Error): void => {}

  function open(index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const host = `127.0.0.${1 + (index % ADDRESSES)}`
      const socket = connect(port, host)
      sockets.push(socket)
      const lost = (error?: Error): void => {
        const reason = error ?? new Error('The server has closed a stream.')
        reject(reason)
        fail(reason)
      }
      // A text may be cut anywhere: its start stays until the rest comes.
      let tail = ''
      let isOpen = false
      socket.setEncoding('latin1')
      socket.on('data', (chunk: string) => {
        const text = tail + chunk
        if (!isOpen && text.includes('\r\n\r\n')) {
          isOpen = true
          if (text.startsWith('HTTP/1.1 200')) resolve()
          else lost(new Error(`The server answered with ${text.slice(9, 12)}.`))
        }
        if (wanted !== '' && text.includes(wanted)) {
          tail = ''
          onFound()
        } else tail = text.slice(-wanted.length || -4)
      })
      socket.once('error', lost)
      socket.once('close', () => lost())
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: text/event-stream\r\n\r\n`,
      )
    })
  }

  return {
    get size() {
      return sockets.length
    },
    async grow(size) {
      while (sockets.length < size) {
        const count = Math.min(AT_ONCE, size - sockets.length)
        const first = sockets.length
        await Promise.all(Array.from({ length: count }, (_, index) => open(first + index)))
      }
    },
    hear(text) {
      const start = performance.now()
      let found = 0
      let firstMs = 0
      let halfMs = 0
      wanted = text
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => fail(new Error(`${found} of ${sockets.length} have heard it in time.`)),
          TIMEOUT_MS,
        )
        fail = (error) => {
          clearTimeout(timer)
          reject(error)
        }
        onFound = () => {
          found++
          const ms = performance.now() - start
          if (found === 1) firstMs = ms
          if (found === Math.ceil(sockets.length / 2)) halfMs = ms
          if (found < sockets.length) return
          clearTimeout(timer)
          resolve({ firstMs, halfMs, allMs: ms })
        }
      })
    },
    close() {
      for (const socket of sockets) socket.removeAllListeners('close').destroy()
    },
  }
}
