import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createPages } from '../../../playground/server/pages.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { AddressInfo } from 'node:net'

async function serve(folder: string): Promise<string> {
  const server = createServer(createPages(folder))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function builtFolder(): string {
  const folder = tempFolder()
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<title>page</title>')
  writeFileSync(join(folder, 'assets', 'index-abc.js'), 'run()')
  return folder
}

describe('createPages', () => {
  it('serves files, and the page for every address of its router', async () => {
    const url = await serve(builtFolder())
    expect(await (await fetch(`${url}/assets/index-abc.js`)).text()).toBe('run()')
    expect(await (await fetch(`${url}/news`)).text()).toBe('<title>page</title>')
  })

  it('lets browsers keep what has a hash in its name, and ask again for the page', async () => {
    const url = await serve(builtFolder())
    const cacheOf = async (path: string): Promise<string | null> =>
      (await fetch(url + path)).headers.get('Cache-Control')
    expect(await cacheOf('/assets/index-abc.js')).toContain('immutable')
    expect(await cacheOf('/')).toBe('no-cache')
    expect(await cacheOf('/news')).toBe('no-cache')
  })

  it('does not pretend that a file is there which is not', async () => {
    const url = await serve(builtFolder())
    expect((await fetch(`${url}/assets/index-old.js`)).status).toBe(404)
  })

  it('allows scripts from its own files only', async () => {
    const { headers } = await fetch(await serve(builtFolder()))
    expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'self'; style-src/)
    expect(headers.get('Content-Security-Policy')).not.toContain('script-src')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  it('says what to run when the pages are not built', async () => {
    const onConsole = vi.spyOn(console, 'warn').mockReturnValue()
    const answer = await fetch(await serve(tempFolder()))
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('npm run build:playground'),
    ])
    expect(onConsole).toHaveBeenCalledWith(expect.stringContaining('npm run build:playground'))
  })
})
