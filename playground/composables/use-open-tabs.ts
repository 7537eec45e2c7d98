/** How many tabs take part in something: each that does holds a lock, which ends with the tab, whatever becomes of it. */
import { useEventListener, useIntervalFn } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch } from 'vue'
import type { WatchSource } from 'vue'

const LOOK_MS = 1000

/**
 * @param name Of the lock.
 * @param takesPart Whether this tab does.
 * @returns Null where nobody can know: browsers have locks for secure pages only.
 */
export function useOpenTabs(name: string, takesPart: WatchSource<boolean>) {
  const tabs = shallowRef<number | null>(null)
  if (!('locks' in navigator)) return tabs
  let release = (): void => {}

  function hold(wanted: boolean): void {
    release()
    if (!wanted) return
    const released = new Promise<void>((resolve) => (release = resolve))
    void navigator.locks.request(name, { mode: 'shared' }, () => released).catch(() => {})
  }

  async function look(): Promise<void> {
    const { held = [] } = await navigator.locks.query()
    tabs.value = held.filter((lock) => lock.name === name).length
  }

  let isWanted = false
  watch(takesPart, (wanted) => hold((isWanted = wanted)), { immediate: true })
  useIntervalFn(look, LOOK_MS, { immediateCallback: true })
  // A page that rests in the back/forward cache is not open.
  useEventListener('pagehide', () => hold(false))
  useEventListener('pageshow', ({ persisted }) => persisted && hold(isWanted))
  onScopeDispose(() => hold(false))
  return tabs
}
