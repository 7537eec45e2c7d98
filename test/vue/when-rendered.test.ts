/** When something may show that the server did not render. */
import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { effectScope, h, nextTick, onMounted, Suspense } from 'vue'
import { whenRendered } from '../../src/vue/when-rendered.ts'
import { mountSetup } from '../support/mount.ts'

describe('whenRendered', () => {
  it('calls back when the component is mounted, in the order of its hooks', () => {
    const log: string[] = []
    mountSetup(() => {
      onMounted(() => log.push('before'))
      whenRendered(() => log.push('rendered'))
      onMounted(() => log.push('after'))
      return {
        get render() {
          return log.push('render')
        },
      }
    }, '<i>{{ render }}</i>')
    expect(log).toEqual(['render', 'before', 'rendered', 'after'])
  })

  it('calls back with the next tick outside of components', async () => {
    const callback = vi.fn<() => void>()
    whenRendered(callback)
    expect(callback).not.toHaveBeenCalled()
    await Promise.resolve()
    expect(callback).toHaveBeenCalledOnce()
  })

  it('calls back with the next tick in a component that is mounted already', async () => {
    const callback = vi.fn<() => void>()
    mountSetup(() => {
      onMounted(() => {
        whenRendered(callback)
        expect(callback).not.toHaveBeenCalled()
      })
      return {}
    })
    await nextTick()
    expect(callback).toHaveBeenCalledOnce()
  })

  it('calls back with the next tick in a scope that outlives a component that is never mounted', async () => {
    const [own, stores] = [vi.fn<() => void>(), vi.fn<() => void>()]
    const NeverReady = {
      async setup() {
        whenRendered(own)
        effectScope(true).run(() => whenRendered(stores))
        await new Promise(() => {})
      },
    }
    const wrapper = mount(() => h(Suspense, null, { default: () => h(NeverReady) }))
    await flushPromises()
    expect([own.mock.calls.length, stores.mock.calls.length]).toEqual([0, 1])
    wrapper.unmount()
  })
})
