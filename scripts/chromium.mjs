// Where a Chromium is on this machine. Node built-ins only: setup.mjs runs before anything is installed.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The file in which setup.mjs notes the browser that it installed. */
export const CHROMIUM_PATH_FILE = fileURLToPath(
  new URL('../node_modules/.cache/chromium-path', import.meta.url),
)

/** Only root (containers, CI) needs to go without the sandbox. The rest keeps a test quiet on a closed network. */
export const CHROMIUM_ARGS = [
  ...(process.getuid?.() === 0 || process.env.CI ? ['--no-sandbox'] : []),
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The executable to start, or undefined: then Playwright looks for its own. */
export function findChromium() {
  const candidates = [
    process.env.CHROME_PATH,
    ...(process.env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .flatMap((folder) => NAMES.map((name) => join(folder, name))),
    existsSync(CHROMIUM_PATH_FILE) ? readFileSync(CHROMIUM_PATH_FILE, 'utf8').trim() : undefined,
  ]
  return candidates.find((path) => path && isExecutable(path))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
