/** Components, scopes and streams for tests: each ends with the test that made it. */
import { flushPromises, mount } from '@vue/test-utils'
import { onTestFinished } from 'vitest'
import { defineComponent, effectScope, onUnmounted } from 'vue'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import type { VueWrapper } from '@vue/test-utils'
import type { EffectScope, Plugin } from 'vue'
import type { UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from './controlled-fetch.ts'

export interface Mounted<T> {
  readonly wrapper: VueWrapper
  /** What the set-up returned. */
  readonly result: T
}

/** Mounts a component whose set-up runs the function; the template sees what it returns. */
export function mountSetup<T extends object>(
  setup: () => T,
  template = '<i />',
  plugins: Plugin[] = [],
): Mounted<T> {
  let result!: T
  let isMounted = true
  const component = defineComponent({
    setup() {
      onUnmounted(() => (isMounted = false))
      return (result = setup())
    },
    template,
  })
  const wrapper = mount(component, { global: { plugins } })
  onTestFinished(() => {
    if (isMounted) wrapper.unmount()
  })
  return { wrapper, result }
}

export interface Scoped<T> {
  readonly scope: EffectScope
  readonly result: T
}

/** Runs the function in an effect scope of its own, outside of components. */
export function runInScope<T>(run: () => T): Scoped<T> {
  const scope = effectScope(true)
  onTestFinished(() => scope.stop())
  return { scope, result: scope.run(run)! }
}

/** A stream outside of components that has sent its request. */
export async function startStream<Events extends object = Record<string, unknown>>(
  environment: ControlledEnvironment,
  options: UseEventStreamOptions<Events> = {},
): Promise<{ stream: UseEventStreamReturn<Events>; scope: EffectScope }> {
  const { result, scope } = runInScope(() =>
    useEventStream<Events>('/stream', { environment, ...options }),
  )
  await flushPromises()
  return { stream: result, scope }
}

/** Runs the function, and returns what it warned about on the console. */
export function warningsOf(run: () => void): string[] {
  const warnings: string[] = []
  const { warn } = console
  console.warn = (...args: unknown[]) => void warnings.push(args.map(String).join(' '))
  try {
    run()
  } finally {
    console.warn = warn
  }
  return warnings
}
