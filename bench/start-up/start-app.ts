/** What each app does: shows the messages of a stream. The page is blank until the first one; then it posts when that was. */
import { createApp } from 'vue'
import type { Component } from 'vue'

export interface StartUpResult {
  /** Milliseconds from the start of the navigation until the first message is in the document. */
  inDocumentMs: number
  /** The same until it is painted: the page's first contentful paint. */
  paintedMs: number
}

export function startApp(app: Component): void {
  const root = document.querySelector('main')!
  let inDocumentMs = 0
  let paintedMs = 0

  function tell(): void {
    if (!inDocumentMs || !paintedMs) return
    const result: StartUpResult = { inDocumentMs, paintedMs }
    void fetch('/result', { method: 'POST', body: JSON.stringify(result) })
  }
  new MutationObserver(() => {
    if (inDocumentMs || !root.querySelector('li')) return
    inDocumentMs = performance.now()
    tell()
  }).observe(root, { childList: true, subtree: true })
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries())
      if (name === 'first-contentful-paint') paintedMs = startTime
    tell()
  }).observe({ type: 'paint', buffered: true })

  createApp(app, { url: '/events' }).mount(root)
}
