/** BroadcastChannel in memory, for several tabs in one process: in order, copied, late, and never to oneself. */

type Listener = (event: { data: unknown }) => void

interface Channel {
  readonly owner: string
  readonly name: string
  readonly listeners: Set<Listener>
  isOpen: boolean
}

export interface FakeChannels {
  /** What `BroadcastChannel` is in this tab. */
  of(owner: string): unknown
  /** The tab is gone. */
  drop(owner: string): void
  /** Says something on a channel that no tab has said. */
  say(name: string, data: unknown): void
  /** Everything that was said, in order: by whom, and what. */
  readonly said: { owner: string; name: string; data: any }[] // oxlint-disable-line typescript/no-explicit-any
  /** Those that are open, as `tab: name`. */
  open(): string[]
}

/** @param deliver Runs a callback of a tab when that tab can run. */
export function createFakeChannels(
  deliver: (owner: string, run: () => void) => void,
): FakeChannels {
  const channels = new Set<Channel>()
  const gone = new Set<string>()
  const said: FakeChannels['said'] = []

  function send(from: Channel | undefined, name: string, data: unknown): void {
    said.push({ owner: from?.owner ?? '', name, data: structuredClone(data) })
    for (const channel of channels) {
      if (channel === from || channel.name !== name) continue
      const copy: unknown = structuredClone(data)
      deliver(channel.owner, () => {
        if (!channel.isOpen) return
        for (const listener of [...channel.listeners]) listener({ data: copy })
      })
    }
  }

  return {
    of: (owner) =>
      function FakeBroadcastChannel(name: string) {
        const channel: Channel = { owner, name, listeners: new Set(), isOpen: true }
        channels.add(channel)
        return {
          name,
          addEventListener: (_: 'message', listener: Listener) => channel.listeners.add(listener),
          removeEventListener: (_: 'message', listener: Listener) =>
            channel.listeners.delete(listener),
          postMessage(data: unknown) {
            if (gone.has(owner)) return
            if (!channel.isOpen) throw new DOMException('Closed', 'InvalidStateError')
            send(channel, name, data)
          },
          close() {
            channel.isOpen = false
            channels.delete(channel)
          },
        }
      },
    drop(owner) {
      gone.add(owner)
      for (const channel of channels) {
        if (channel.owner !== owner) continue
        channel.isOpen = false
        channels.delete(channel)
      }
    },
    say: (name, data) => send(undefined, name, data),
    said,
    open: () => Array.from(channels, ({ owner, name }) => `${owner}: ${name}`),
  }
}
