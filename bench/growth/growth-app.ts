/** Streams on a page as an app has them: in a scope, or in mounted components that render. */
import { createRenderer, effectScope } from 'vue'
import { createEventStreams } from '../../src/index.ts'
import { createGrowthPage } from './growth-page.ts'
import { framesUntil, turn } from './play.ts'
import type { Component } from 'vue'
import type { EventStreamsOptions } from '../../src/index.ts'
import type { GrowthPage } from './growth-page.ts'

export interface Started<T> {
  readonly page: GrowthPage
  readonly result: T
  /** Ends it; throws when an error was handled by nobody. */
  stop(): Promise<void>
}

/** A stream, whoever's it is. */
type Open = () => boolean

/**
 * Runs the set-up in a scope outside of components, and waits until its streams are open.
 * @param setup Gets the page; gives what it has made, and whether it is open.
 */
export async function startScope<T>(
  setup: (page: GrowthPage) => { result: T; isOpen: Open },
): Promise<Started<T>> {
  const page = createGrowthPage()
  const scope = effectScope(true)
  const { result, isOpen } = scope.run(() => setup(page))!
  await framesUntil(page, isOpen)
  return { page, result, stop: () => finish(page, () => scope.stop()) }
}

/** Mounts the component in an app with the plugin. */
export async function startApp(
  component: Component,
  options: EventStreamsOptions,
  isOpen: Open,
): Promise<Started<undefined>> {
  const page = createGrowthPage()
  const app = createApp(component)
  app.use(createEventStreams({ ...options, environment: page.environment }))
  app.mount({ children: [] })
  await framesUntil(page, isOpen)
  return { page, result: undefined, stop: () => finish(page, () => app.unmount()) }
}

async function finish(page: GrowthPage, end: () => void): Promise<void> {
  end()
  await turn()
  if (page.errors.length > 0) throw page.errors[0]
}

/** Vue's renderer on nodes that nobody shows: what a document would cost is not what is measured. */
const { createApp } = createRenderer<object, object>({
  patchProp: () => {},
  insert: () => {},
  remove: () => {},
  createElement: () => ({}),
  createText: () => ({}),
  createComment: () => ({}),
  setText: () => {},
  setElementText: () => {},
  parentNode: () => ({}),
  nextSibling: () => null,
})
