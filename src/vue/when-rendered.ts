/** When something may show that was not there while the server rendered. */
import { getCurrentInstance, getCurrentScope, nextTick, onMounted } from 'vue'

/**
 * Calls back after the first render, which hydration repeats: once the component is mounted whose set-up this is. With
 * the next tick where nothing will be mounted: outside of a component, in a mounted one, in a scope that outlives it (a
 * store), and under Vapor, whose instance is hidden.
 */
export function whenRendered(callback: () => void): void {
  const instance = getCurrentInstance() as { isMounted: boolean; scope?: unknown } | null
  if (instance?.isMounted === false && instance.scope === getCurrentScope()) onMounted(callback)
  else void nextTick(callback)
}
