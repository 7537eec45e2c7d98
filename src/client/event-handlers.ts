/** Who wants which event type. Names come from the wire, so they are kept in a Map and never on an object. */

export type AnyHandler = (payload: unknown, message: unknown) => unknown

interface Registration {
  readonly handler: AnyHandler
  readonly once: boolean
  active: boolean
}

export interface EventHandlers {
  add(type: string, handler: AnyHandler, once?: boolean): () => void
  /** The handlers of a type at this moment; `call` runs each one that is still wanted when its turn comes. */
  run(type: string, call: (handler: AnyHandler) => void): void
}

export function createEventHandlers(): EventHandlers {
  const byType = new Map<string, readonly Registration[]>()

  function add(type: string, handler: AnyHandler, once = false): () => void {
    const registration = { handler, once, active: true }
    byType.set(type, [...(byType.get(type) ?? []), registration])
    return () => remove(type, registration)
  }

  /** A list is replaced, never changed: a dispatch under way goes on with the one it started with. */
  function remove(type: string, registration: Registration): void {
    if (!registration.active) return
    registration.active = false
    const rest = byType.get(type)!.filter((other) => other !== registration)
    if (rest.length > 0) byType.set(type, rest)
    else byType.delete(type)
  }

  function run(type: string, call: (handler: AnyHandler) => void): void {
    for (const registration of byType.get(type) ?? []) {
      if (!registration.active) continue
      if (registration.once) remove(type, registration)
      call(registration.handler)
    }
  }

  return { add, run }
}
