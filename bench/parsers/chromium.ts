/** The pages that measure, in a Chromium without a DevTools session in them, and the server that they come from. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { startChromium } from '../../test/browser/chromium-tabs.ts'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Rolldown } from 'vite'
import type { Case } from './measure.ts'
import type { PageResult, PageSetup } from './page-script.ts'

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>parsers</title><script type="module" src="/page.js"></script>'
/** Without them a page gets a clock of 100 µs. */
const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
const TIMEOUT_MS = 5 * 60_000

export interface ParserPages {
  /** Its name and version. */
  readonly browser: string
  /** Opens a page, waits for what it has measured, and closes it. */
  measure(setup: PageSetup): Promise<Case[]>
  close(): Promise<void>
}

export async function openParserPages(script: string): Promise<ParserPages> {
  let browser = ''
  let onResult: (result: PageResult) => void = () => {}

  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      browser = nameOf(request.headers['user-agent'])
      onResult(JSON.parse(await textOf(request)))
      response.writeHead(204).end()
      return
    }
    const isScript = request.url === '/page.js'
    const type = isScript ? 'text/javascript' : 'text/html'
    response.writeHead(200, { ...ISOLATED, 'Content-Type': type })
    response.end(isScript ? script : PAGE)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const chromium = await startChromium(['--js-flags=--expose-gc'])

  return {
    get browser() {
      return browser
    },
    async measure(setup) {
      let late: NodeJS.Timeout | undefined
      const told = new Promise<PageResult>((resolve, reject) => {
        onResult = resolve
        late = setTimeout(() => reject(new Error(`${setup.measure}: no result`)), TIMEOUT_MS)
      })
      const query = new URLSearchParams({ setup: JSON.stringify(setup) })
      const tab = await chromium.openAlone(`http://127.0.0.1:${port}/?${query}`)
      try {
        const result = await told
        if ('error' in result) throw new Error(result.error)
        return result.cases
      } finally {
        clearTimeout(late)
        await tab.close()
      }
    },
    async close() {
      await chromium.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** As an app ships it. */
export async function buildPageScript(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: {
        input: fileURLToPath(new URL('page-script.ts', import.meta.url)),
        output: { codeSplitting: false },
      },
    },
  })
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput
  return output[0].code
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

function nameOf(userAgent = ''): string {
  return `Chromium ${/Chrom\w*\/(\d+)/.exec(userAgent)?.[1] ?? '?'}`
}
