// @vitest-environment node
/** Messages from tab to tab. */
import { describe, expect, it } from 'vitest'
import { openTabChannel } from '../../../src/client/tabs/tab-channel.ts'
import { createFakeBrowser } from '../../support/fake-browser.ts'
import type { TabMessage } from '../../../src/client/tabs/tab-messages.ts'

const PING: TabMessage = { kind: 'ping', from: 'a' }

function open(browser = createFakeBrowser()) {
  const heard: TabMessage[] = []
  const tab = browser.openTab()
  const channel = openTabChannel('n', tab.environment, (message) => heard.push(message))!
  return { browser, tab, channel, heard }
}

describe('openTabChannel', () => {
  it('carries messages to the others, and none back', async () => {
    const one = open()
    const two = open(one.browser)
    one.channel.post(PING)
    await one.browser.settle()
    expect([one.heard, two.heard]).toEqual([[], [PING]])
  })

  it('lets nothing through that is no message', async () => {
    const { browser, heard } = open()
    browser.channels.say('n', { kind: 'ping' })
    browser.channels.say('n', PING)
    await browser.settle()
    expect(heard).toEqual([PING])
  })

  it('hears and says nothing once it is closed', async () => {
    const one = open()
    const two = open(one.browser)
    two.channel.post(PING)
    one.channel.close()
    one.channel.post(PING)
    await one.browser.settle()
    expect([one.heard, two.heard]).toEqual([[], []])
    expect(one.browser.channels.open()).toEqual(['B: n'])
  })

  it('warns of what cannot be said, and goes on', async () => {
    const one = open()
    const two = open(one.browser)
    one.channel.post({ ...PING, from: (() => {}) as never })
    one.channel.post(PING)
    await one.browser.settle()
    expect(two.heard).toEqual([PING])
    expect(one.tab.fake.warnings).toEqual([
      expect.stringMatching(/tabs-unreachable \(ping: DataClone/),
    ])
  })

  it('lets nothing through that says it leads from the far future', async () => {
    const { browser, heard, tab } = open()
    const term = (tab.environment.now() + 86_400_000) * 1000
    browser.channels.say('n', { kind: 'pong', term: term + 1 })
    browser.channels.say('n', { kind: 'pong', term })
    await browser.settle()
    expect(heard).toEqual([{ kind: 'pong', term }])
  })

  it('is none where the platform refuses one, and that is said', () => {
    const tab = createFakeBrowser().openTab()
    tab.fake.has.BroadcastChannel = function refuse() {
      throw new DOMException('No', 'SecurityError')
    }
    expect(openTabChannel('n', tab.environment, () => {})).toBeUndefined()
    expect(tab.fake.warnings).toEqual([expect.stringMatching(/tabs-unreachable .*No/)])
  })
})
