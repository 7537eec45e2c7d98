/** Who is in a room: a name is in while one of its connections is open, and for a short grace after the last. */

export interface PresenceOptions {
  graceMs: number
  /** Names that were in when the server stopped: they have one grace to come back in silence. */
  recovered: Iterable<string>
  onJoin(name: string): void
  onLeave(name: string): void
  /** After every join and leave. */
  onChange(names: string[]): void
}

export interface Presence {
  readonly names: string[]
  /** Returns what ends the connection; only its first call counts. */
  connect(name: string): () => void
  /** From now on nobody joins or leaves: when a server stops, its people have not left the room. */
  close(): void
}

interface Member {
  connections: number
  leaving?: NodeJS.Timeout
}

export function createPresence(options: PresenceOptions): Presence {
  const members = new Map<string, Member>()
  let isClosed = false

  function namesNow(): string[] {
    const names = [...members.keys()]
    names.sort((a, b) => a.localeCompare(b))
    return names
  }

  function join(name: string): Member {
    const member: Member = { connections: 0 }
    members.set(name, member)
    options.onJoin(name)
    options.onChange(namesNow())
    return member
  }

  function leaveSoon(name: string, member: Member): void {
    member.leaving = setTimeout(() => {
      members.delete(name)
      options.onLeave(name)
      options.onChange(namesNow())
    }, options.graceMs)
  }

  for (const name of options.recovered) {
    const member: Member = { connections: 0 }
    members.set(name, member)
    leaveSoon(name, member)
  }

  return {
    get names() {
      return namesNow()
    },
    connect(name) {
      if (isClosed) return () => {}
      const member = members.get(name) ?? join(name)
      clearTimeout(member.leaving)
      member.connections++
      let isConnected = true
      return () => {
        if (!isConnected || isClosed) return
        isConnected = false
        if (--member.connections === 0) leaveSoon(name, member)
      }
    },
    close() {
      isClosed = true
      for (const { leaving } of members.values()) clearTimeout(leaving)
    },
  }
}
