/** `npm start`: the built pages and their API on one port. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createHandler } from './handler.ts'
import { createPages } from './pages.ts'
import { SettingsError, readSettings } from './settings.ts'
import type { Settings } from './settings.ts'

/** Seen from playground/dist/server, where the build puts this file. */
const CLIENT = fileURLToPath(new URL('../client', import.meta.url))
const DATA = fileURLToPath(new URL('../../data', import.meta.url))

/** Node's own limit of five minutes for one request is too short for a large upload over a slow line. */
const REQUEST_TIMEOUT_MS = 3_600_000
/** How long downloads may go on after the signal. */
const CLOSE_TIMEOUT_MS = 3000
const IDLE_CHECK_MS = 20

start(readSettingsOrExit())

function readSettingsOrExit(): Settings {
  try {
    return readSettings(process.env, DATA)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

function start(settings: Settings): void {
  const pages = createPages(CLIENT)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS })
  server.once('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE'
    console.error(
      isTaken
        ? `Port ${settings.port} is taken. Stop what runs there, or choose another one: PORT=4174 npm start`
        : `The playground cannot listen on ${settings.host}:${settings.port}: ${error.message}`,
    )
    process.exit(1)
  })
  server.listen(settings.port, settings.host, () => {
    // Not before: whoever does not get the port must not touch the data of the server that has it.
    const handler = createHandler(settings)
    server.on('request', (request, response) =>
      handler(request, response, () => pages(request, response)),
    )
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : settings.port
    console.log(`The playground runs at http://localhost:${port}/`)

    let isClosing = false
    const close = async (): Promise<void> => {
      if (isClosing) process.exit(1)
      isClosing = true
      server.close(() => process.exit(0))
      setTimeout(() => process.exit(0), CLOSE_TIMEOUT_MS)
      await handler.close()
      // A connection is idle once its stream's last bytes are out, which nothing announces.
      setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
    }
    process.on('SIGINT', close)
    process.on('SIGTERM', close)
  })
}
