/**
 * A Chromium as a user has it. Playwright starts one without back/forward cache and without throttling of hidden
 * pages, and tells every page that it is visible; this one is started by hand and spoken to over its DevTools pipe.
 *
 * Measured in Chromium 156: a session that is attached like this prevents neither the back/forward cache nor hiding.
 * The headless shell, which a network with nothing but npm is left with, hides pages as well, but has no such cache.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.mjs'
import { eventually } from './eventually.ts'
import type { Readable, Writable } from 'node:stream'

type Send = (method: string, params?: object, sessionId?: string) => Promise<any>

export interface Tab {
  /** Runs a function in the page, with arguments that JSON can hold; it sees nothing else of the test. */
  evaluate<Args extends unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>
  /** Goes to a page as a link does. This and the next two resolve when the other document is there. */
  goTo(url: string): Promise<void>
  /** Goes through the history: -1 is back. */
  goBy(steps: number): Promise<void>
  reload(): Promise<void>
  /** What Chromium does to tabs that were hidden for long. */
  freeze(): Promise<void>
  /** Lets it go on. Over DevTools the page stays hidden until its window was minimized. */
  unfreeze(): Promise<void>
  /** Minimizes its window, so that nobody sees the page. */
  hide(): Promise<void>
  show(): Promise<void>
  setOffline(isOffline: boolean): Promise<void>
  /** Any other command of the DevTools protocol, for this page. */
  tell(method: string, params?: object): Promise<any>
  /** Ends the process of the page, as a fault in it does. */
  crash(): void
  close(): Promise<void>
}

/** What the browser can do to a tab without a DevTools session in it. */
export interface LoneTab extends Pick<Tab, 'hide' | 'show' | 'close'> {
  /** Attaches one after all. */
  attach(): Promise<Tab>
}

export interface ChromiumTabs {
  readonly hasBackForwardCache: boolean
  /** Its name and version. */
  readonly product: string
  open(url: string): Promise<Tab>
  /** Opens a tab that no DevTools session is ever attached to: nothing can be asked of it. */
  openAlone(url: string): Promise<LoneTab>
  /** What all of its processes have taken of the processors so far, in seconds. */
  cpuSeconds(): Promise<number>
  close(): Promise<void>
}

/** @param more Arguments of the command line. */
export async function startChromium(more: readonly string[] = []): Promise<ChromiumTabs> {
  const profile = await mkdtemp(join(tmpdir(), 'page-life-'))
  const args = [
    ...CHROMIUM_ARGS,
    ...more,
    '--headless=new',
    '--remote-debugging-pipe',
    '--no-default-browser-check',
    `--user-data-dir=${profile}`,
    'about:blank',
  ]
  const child = spawn(findChromium() ?? chromium.executablePath(), args, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const send = speak(child.stdio[3] as Writable, child.stdio[4] as Readable)

  const { product } = await send('Browser.getVersion')

  return {
    hasBackForwardCache: !product.startsWith('HeadlessChrome'),
    product,
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url })
      const tab = await createLoneTab(send, targetId).attach()
      await eventually(() => tab.evaluate(checkLoaded, 0))
      return tab
    },
    async openAlone(url) {
      const { targetId } = await send('Target.createTarget', { url })
      return createLoneTab(send, targetId)
    },
    async cpuSeconds() {
      const { processInfo } = await send('SystemInfo.getProcessInfo')
      const times: number[] = processInfo.map(({ cpuTime }: { cpuTime: number }) => cpuTime)
      return times.reduce((sum, time) => sum + time, 0)
    },
    async close() {
      await send('Browser.close')
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The DevTools protocol over a pipe: JSON, each message ended by a NUL. */
function speak(input: Writable, output: Readable): Send {
  const waiting = new Map<number, (answer: any) => void>()
  let count = 0
  let unfinished = ''

  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (unfinished + text).split('\0')
    unfinished = messages.pop()!
    for (const message of messages) {
      const answer = JSON.parse(message)
      waiting.get(answer.id)?.(answer)
      waiting.delete(answer.id)
    }
  })
  output.on('close', () => {
    for (const settle of waiting.values()) settle({ error: { message: 'Chromium has ended' } })
  })
  // Writing to a Chromium that has ended fails; `close` above tells whoever waits for an answer.
  input.on('error', () => {})

  return (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++count
      waiting.set(id, ({ error, result }) => {
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result)
      })
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
}

function createLoneTab(send: Send, targetId: string): LoneTab {
  let isClosed = false

  async function setWindow(windowState: string): Promise<void> {
    const { windowId } = await send('Browser.getWindowForTarget', { targetId })
    await send('Browser.setWindowBounds', { windowId, bounds: { windowState } })
  }

  const tab: LoneTab = {
    hide: () => setWindow('minimized'),
    show: () => setWindow('normal'),
    async attach() {
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      return createTab(send, tab, sessionId)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await send('Target.closeTarget', { targetId })
    },
  }
  return tab
}

function createTab(send: Send, tab: LoneTab, sessionId: string): Tab {
  const tell: Tab['tell'] = (method, params) => send(method, params, sessionId)

  const evaluate: Tab['evaluate'] = async (run, ...args) => {
    const { result, exceptionDetails } = await send(
      'Runtime.evaluate',
      {
        expression: `(${run})(...${JSON.stringify(args)})`,
        awaitPromise: true,
        returnByValue: true,
      },
      sessionId,
    )
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description)
    return result.value
  }

  /** Documents are told apart by when they began; one from the back/forward cache keeps its time. */
  async function navigate(go: () => Promise<unknown>): Promise<void> {
    const before = await evaluate(() => performance.timeOrigin)
    await go()
    await eventually(() => evaluate(checkLoaded, before))
  }

  return {
    ...tab,
    evaluate,
    tell,
    goTo: (url) => navigate(() => evaluate((href) => void (location.href = href), url)),
    goBy: (steps) => navigate(() => evaluate((delta) => history.go(delta), steps)),
    reload: () => navigate(() => tell('Page.reload')),
    freeze: () => tell('Page.setWebLifecycleState', { state: 'frozen' }),
    unfreeze: () => tell('Page.setWebLifecycleState', { state: 'active' }),
    async hide() {
      await tab.hide()
      await eventually(() => evaluate(checkVisibility, 'hidden'))
    },
    async show() {
      await tab.show()
      await eventually(() => evaluate(checkVisibility, 'visible'))
    },
    async setOffline(offline) {
      const throughput = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
      await tell('Network.enable')
      await tell('Network.emulateNetworkConditions', { offline, ...throughput })
    },
    // Nobody is left to answer.
    crash: () => void tell('Page.crash').catch(() => {}),
  }
}

/** Throws while the page is not there, or still the one that began at this time. */
function checkLoaded(previous: number): void {
  const isBlank = location.href === 'about:blank'
  if (isBlank || performance.timeOrigin === previous || document.readyState !== 'complete') {
    throw new Error(`${location.href} is ${document.readyState}`)
  }
}

function checkVisibility(wanted: string): void {
  if (document.visibilityState !== wanted) throw new Error(`The page is not ${wanted}`)
}
