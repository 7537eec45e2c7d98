/** An `EventSource` in the hands of a test: it asks for nothing, and hears what the test says. */

export interface ScriptedEventSource extends EventTarget {
  readonly url: string
  readonly withCredentials: boolean
  readonly isClosed: boolean
  /** The types that somebody listens to, in the order in which they were asked for. */
  readonly types: readonly string[]
  /** The server accepts. */
  open(): void
  /** A message of any type; `id` is the last one that the server sent. */
  say(data: string, id?: string, type?: string): void
  /** The connection is lost. */
  fail(): void
}

export interface ScriptedEventSources {
  /** For `environment.platform('EventSource')`. */
  readonly EventSource: unknown
  readonly all: ScriptedEventSource[]
  /** The last one. */
  readonly last: ScriptedEventSource
}

export function createScriptedEventSources(): ScriptedEventSources {
  const all: ScriptedEventSource[] = []

  class EventSource extends EventTarget implements ScriptedEventSource {
    readonly types: string[] = []
    readonly withCredentials: boolean
    isClosed = false

    constructor(
      readonly url: string,
      init: { withCredentials?: boolean } = {},
    ) {
      super()
      this.withCredentials = !!init.withCredentials
      all.push(this)
    }

    override addEventListener(type: string, ...more: [EventListener]): void {
      this.types.push(type)
      super.addEventListener(type, ...more)
    }

    /** As the standard has it: what was on its way when it was closed is not heard. */
    override dispatchEvent(event: Event): boolean {
      return this.isClosed || super.dispatchEvent(event)
    }

    close(): void {
      this.isClosed = true
    }

    open(): void {
      this.dispatchEvent(new Event('open'))
    }

    say(data: string, lastEventId = '', type = 'message'): void {
      this.dispatchEvent(new MessageEvent(type, { data, lastEventId }))
    }

    fail(): void {
      this.dispatchEvent(new Event('error'))
    }
  }

  return {
    EventSource,
    all,
    get last() {
      const last = all.at(-1)
      if (!last) throw new Error('No EventSource has been made')
      return last
    },
  }
}
