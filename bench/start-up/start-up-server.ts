/**
 * The server of the apps: `/<app>/` is its page, `/events` a stream that sends its first message at once. `/from/<app>/` is a
 * page that goes on to the app's, once it is settled, as a link does: a new tab starts much that is no part of the app.
 */
import { encodeEvents } from '../page/events.ts'
import { streamEvents } from '../page/stream-events.ts'
import { startBenchServer } from '../support/page-server.ts'
import type { BenchServer } from '../support/page-server.ts'
import type { PageScripts } from '../support/build-page.ts'

const HEAD =
  '<!doctype html><meta charset="utf-8"><title>start-up</title><link rel="icon" href="data:,">'
const FROM = `${HEAD}<script>
let frames = 0
requestAnimationFrame(function settle() {
  if (++frames < 10) requestAnimationFrame(settle)
  else location.replace(location.pathname.replace('/from', ''))
})
</script>`

const events = encodeEvents({ count: 1 })

/**
 * @param apps The scripts by the app's name.
 * @param isCached Whether the browser may keep them.
 */
export function startStartUpServer(
  apps: Readonly<Record<string, PageScripts>>,
  isCached: boolean,
  onResult: (result: unknown) => void,
): Promise<BenchServer> {
  return startBenchServer({
    onResult,
    respond({ pathname }, response) {
      if (pathname === '/events') return streamEvents(response, events, {})
      const [, first, rest] = /^\/([^/]*)(.*)/.exec(pathname)!
      const scripts = apps[first!]
      const script = scripts?.[rest!]
      response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html; charset=utf-8')
      if (!script) return void response.end(scripts ? pageOf(first!, scripts) : FROM)
      response.setHeader('Cache-Control', isCached ? 'max-age=86400, immutable' : 'no-store')
      response.end(script)
    },
  })
}

/** As a build writes it: with the script, and links to what that imports at once. */
function pageOf(app: string, scripts: PageScripts): string {
  const links = importedAtOnce(scripts).map(
    (path) => `<link rel="modulepreload" href="/${app}${path}">`,
  )
  return `${HEAD}${links.join('')}<script type="module" src="/${app}/page.js"></script><main></main>`
}

/** What the entry imports, and does not ask for on demand. */
export function importedAtOnce(scripts: PageScripts): string[] {
  const imports = scripts['/page.js']!.matchAll(/from\s*["']\.(\/[^"']+)["']/g)
  return Array.from(imports, ([, path]) => path!)
}
