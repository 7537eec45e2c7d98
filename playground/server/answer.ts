/** An answer in the making: told word by word while somebody listens, and from any word on to who comes back. */
import { createEventLog } from './event-log.ts'
import type { AssistantEvents, AssistantFault } from '../shared/contract.ts'
import type { StreamEvent } from './event-log.ts'

export interface AnswerListener {
  send(event: StreamEvent): void
  /** Ends the stream after what has been sent. */
  end(): void
  /** Breaks it off in the middle. */
  cut(): void
}

export interface Answer {
  readonly id: string
  /** Whether it has been told to its end, and this is the id of that. */
  isKnown(lastEventId: string | null): boolean
  listen(lastEventId: string | null, listener: AnswerListener): () => void
  close(): void
}

export interface AnswerOptions {
  id: string
  source: string
  text: string
  fault: AssistantFault
  wordMs: number
}

/** Somebody whose line was cut comes back within that; then nobody does, and writing on would be for nobody. */
const ALONE_MS = 10_000
/** More than an answer has: whoever comes without an id gets it from its start. */
const MAX_EVENTS = 2000

export function createAnswer({ id, source, text, fault, wordMs }: AnswerOptions): Answer {
  const words = text.match(/\s*\S+/g) ?? []
  const middle = words.length >> 1
  const log = createEventLog({ capacity: MAX_EVENTS, newcomerEvents: MAX_EVENTS })
  const listeners = new Set<AnswerListener>()
  let told = 0
  let isOver = false
  let writing: NodeJS.Timeout | undefined
  let leaving: NodeJS.Timeout | undefined

  const append = <Type extends keyof AssistantEvents>(
    type: Type,
    data: AssistantEvents[Type],
  ): void => void log.append(type, data)

  function end<Type extends 'done' | 'error'>(type: Type, data: AssistantEvents[Type]): void {
    isOver = true
    stop()
    append(type, data)
    for (const listener of listeners) listener.end()
  }

  function write(): void {
    if (fault === 'error' && told === middle) {
      return end('error', { message: 'The assistant has lost its thread, as it was asked to.' })
    }
    if (fault === 'cut' && told === middle) {
      for (const listener of listeners) listener.cut()
    }
    if (told === words.length) return end('done', { words: told })
    append('token', { text: words[told++]! })
  }

  function stop(): void {
    clearInterval(writing)
    writing = undefined
  }

  append('answer', { id, source })

  return {
    id,
    isKnown: (lastEventId) => isOver && lastEventId === log.lastId,
    listen(lastEventId, listener) {
      const unsubscribe = log.subscribe(lastEventId, listener.send)
      if (isOver) listener.end()
      else {
        clearTimeout(leaving)
        listeners.add(listener)
        writing ??= setInterval(write, wordMs)
      }
      return () => {
        unsubscribe()
        if (listeners.delete(listener) && listeners.size === 0 && !isOver) {
          leaving = setTimeout(stop, ALONE_MS)
        }
      }
    },
    close() {
      isOver = true
      stop()
      clearTimeout(leaving)
      log.close()
    },
  }
}
