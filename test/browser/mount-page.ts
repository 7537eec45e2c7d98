/** A page of a real browser around composables, and what the fault server says of its requests. */
import { inject, onTestFinished, vi } from 'vitest'
import { createApp } from 'vue'
import { ownHost } from '../support/own-host.ts'
import type { VNodeChild } from 'vue'

export interface Page {
  readonly host: HTMLElement
  unmount(): void
}

/** Mounts a component in the document; it ends with the test, if not before. */
export function mountPage(setup: () => () => VNodeChild): Page {
  const host = document.body.appendChild(document.createElement('main'))
  const app = createApp({ setup })
  let isMounted = true
  app.mount(host)
  const unmount = (): void => {
    if (isMounted) app.unmount()
    isMounted = false
    host.remove()
  }
  onTestFinished(unmount)
  return { host, unmount }
}

interface Log {
  /** How many answers of the server are not over, of all tests. */
  open: number
  requests: {
    method: string
    path: string
    headers: Record<string, string>
    body: string
  }[]
}

export interface TaggedServer {
  /** The URL of a path, marked as this test's. */
  url(path: string): string
  log(): Promise<Log>
}

/** The fault server, with a tag that tells this test's requests from those of others. */
export function useServer(): TaggedServer {
  const base = ownHost(inject('sseUrl'))
  const tag = crypto.randomUUID()
  return {
    url: (path) => `${base}${path}${path.includes('?') ? '&' : '?'}tag=${tag}`,
    log: async () => (await fetch(`${base}/log?tag=${tag}`)).json() as Promise<Log>,
  }
}

/** Waits as long as a slow machine may need. */
export function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: 10_000, interval: 10 })
}
