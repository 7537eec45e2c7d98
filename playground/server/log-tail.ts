/** Follows a log for a stream: reads on when the client has taken what was sent, and when there is something new. */
import { createLogReader } from './log-reader.ts'
import { reasonOf } from './report.ts'
import type { FileWatch } from './file-watch.ts'
import type { LogChain } from './log-chain.ts'
import type { Report } from './report.ts'
import type { SseStream } from './sse-response.ts'

export interface LogTailOptions {
  chain: LogChain
  watch: FileWatch
  lastEventId: string | null
  report: Report
}

/** Resolves when the stream has ended. */
export async function followLog(stream: SseStream, options: LogTailOptions): Promise<void> {
  const { chain, watch, lastEventId, report } = options
  const reader = createLogReader(chain, lastEventId)
  let hasChanged = false
  let wake = (): void => {}

  function ring(): void {
    hasChanged = true
    wake()
  }

  stream.onClose(watch.subscribe(ring))
  stream.onClose(ring)
  try {
    while (await stream.whenTaken()) {
      hasChanged = false
      const events = await reader.read()
      stream.sendAll(events)
      // What has changed while it was read may have been missed.
      if (events.length > 0 || hasChanged) continue
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } catch (error) {
    report(`The log cannot be read: ${reasonOf(error)}`)
    stream.end()
  } finally {
    await reader.close()
  }
}
