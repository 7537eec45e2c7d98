/** The built pages, with the headers that keep a browser from doing what they do not need. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import sirv from 'sirv'
import type { IncomingMessage, ServerResponse } from 'node:http'

export type Pages = (request: IncomingMessage, response: ServerResponse) => void

/** Scripts come from files only; the UI components place themselves with style attributes. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

const NOT_BUILT = 'The pages are not built yet. Run: npm run build:playground'

/** Serves the folder, and its index.html for the addresses that the pages' router knows. */
export function createPages(folder: string): Pages {
  if (!existsSync(join(folder, 'index.html'))) {
    console.warn(NOT_BUILT)
    return (_request, response) => respond(response, 503, NOT_BUILT)
  }
  const serve = sirv(folder, {
    single: true,
    etag: true,
    // The build puts a hash into the names of its assets, and only there.
    setHeaders: (response, path) =>
      response.setHeader(
        'Cache-Control',
        path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  })
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    serve(request, response, () => respond(response, 404, 'There is no such page.'))
  }
}

function respond(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}
