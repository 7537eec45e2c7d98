/**
 * A browser opens six connections to a host, and Chromium keeps one that was left unread for 5 s. So that no test waits
 * for those of another one, each has a host of its own: every name under `localhost` is this machine.
 */

/** The same server under another name. */
export function ownHost(url: string): string {
  const { protocol, port } = new URL(url)
  return `${protocol}//t-${crypto.randomUUID()}.localhost:${port}`
}
