/** An app whose answers a test writes by hand, and an nginx before it: both gone when the test has finished. */
import { onTestFailed, onTestFinished } from 'vitest'
import { until } from './client-run.ts'
import { startApp } from './nginx-app.ts'
import { watchAnswer } from './nginx-answer.ts'
import { startNginx } from './nginx.ts'
import { settle } from './settle.ts'
import type { Exchange, TestApp } from './nginx-app.ts'
import type { WatchedAnswer } from './nginx-answer.ts'
import type { Nginx, NginxOptions } from './nginx.ts'

/** A stream's address in docs/nginx.conf. */
export const STREAM = '/api/news/stream'

export interface Bench {
  readonly app: TestApp
  readonly nginx: Nginx
  /** A client's request, and the app's side of it. */
  ask(path?: string, init?: RequestInit): Promise<[WatchedAnswer, Exchange]>
  /**
   * Resolves when nginx has dealt with everything that was written before, and so have we. No time is guessed: its one
   * worker takes things in the order in which they come, and this is a request of its own.
   */
  passed(): Promise<void>
}

export async function setUp(options: Omit<NginxOptions, 'upstream'>): Promise<Bench> {
  const app = await startApp()
  onTestFinished(app.close)
  const nginx = await startBefore(app.url, options)
  return {
    app,
    nginx,
    async ask(path = STREAM, init = {}) {
      const answer = watchAnswer(nginx.url + path, init)
      onTestFinished(answer.close)
      return [answer, await app.next()]
    },
    async passed() {
      await (await fetch(`${nginx.url}/ping`)).text()
      await settle()
    },
  }
}

/** An nginx for one test; its complaints are shown when the test fails. */
export async function startBefore(
  upstream: string,
  options: Omit<NginxOptions, 'upstream'>,
): Promise<Nginx> {
  const nginx = await startNginx({ ...options, upstream })
  let log = ''
  onTestFinished(async () => {
    log = nginx.errorLog()
    await nginx.close()
  })
  onTestFailed(() => console.error(log || nginx.errorLog()))
  return nginx
}

/** Sends events one by one, each after the one before has arrived, and says which have. */
export async function tellOneByOne(
  answer: WatchedAnswer,
  exchange: Exchange,
  count: number,
): Promise<void> {
  for (let index = 1; index <= count; index++) {
    const event = `id: ${index}\ndata: ${index}\n\n`
    exchange.write(event)
    await until(() => answer.text.endsWith(event))
  }
}
