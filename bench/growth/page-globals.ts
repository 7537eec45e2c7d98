/** A page without a screen, where Vue and VueUse look whether there is one: once, as they are loaded. */
import { Window } from 'happy-dom'

/** Comes first. Streams are given an environment of their own. */
export function openPage(): void {
  // Vue as it is built for production, and no warnings.
  process.env.NODE_ENV = 'production'
  const window = new Window()
  Object.assign(globalThis, { window, document: window.document })
}
