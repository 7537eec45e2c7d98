// Makes a fresh clone ready: `node scripts/setup.mjs [--browser]`. npm runs it before dev, start, test and
// check, so nobody has to. Node built-ins only: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CHROMIUM_PATH_FILE, findChromium } from './chromium.mjs'
import { HOW_TO_GET_NGINX, findNginx } from './nginx.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json')
/** A Chromium for Linux x64 that comes through npm: for networks that reach nothing but the registry. */
const NPM_CHROMIUM = '@sparticuz/chromium@153.0.0'
const DOWNLOAD_TIMEOUT_MS = 60_000

installDependencies()
if (process.argv.includes('--browser')) {
  await installBrowser()
  checkNginx()
}

function installDependencies() {
  if (isUpToDate()) return
  say('installing dependencies')
  if (run('npm', ['ci', '--no-audit', '--no-fund'])) return
  say('npm ci failed, trying npm install')
  if (!run('npm', ['install', '--no-audit', '--no-fund']))
    stop('The dependencies cannot be installed: see above.')
}

/** npm writes node_modules/.package-lock.json last, so it is newer than a lock that it has installed. */
function isUpToDate() {
  if (!existsSync(INSTALLED)) return false
  return (
    statSync(INSTALLED).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs || sameLock()
  )
}

/** A checkout touches the lock without changing it: compare what is in it before installing again. */
function sameLock() {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional || installed[path]?.version === version,
  )
}

async function installBrowser() {
  if (findChromium() ?? (await playwrightChromium())) return
  say('no Chromium found, downloading one')
  if (run('npx', ['--no-install', 'playwright', 'install', 'chromium'], DOWNLOAD_TIMEOUT_MS)) return
  if (process.platform === 'linux' && process.arch === 'x64') {
    say('that download is out of reach, taking the one on npm')
    if (run('npm', ['install', '--no-save', '--no-audit', '--no-fund', NPM_CHROMIUM])) {
      remember(await unpackNpmChromium())
      return
    }
  }
  stop(
    'The tests need a Chromium and none could be installed. Install one (Debian: apt-get install chromium, ' +
      'macOS: brew install --cask chromium) or set CHROME_PATH. `npm run test:unit` needs none.',
  )
}

/** Nobody gets a server installed for having run the tests. CI does, by .ci/run. */
function checkNginx() {
  if (findNginx()) return
  const what = process.env.CI ? 'fail' : 'are skipped'
  say(`no nginx found, the tests behind one ${what} (${HOW_TO_GET_NGINX})`)
}

/** Playwright's own download, when someone has made it before. */
async function playwrightChromium() {
  const { chromium } = await import('playwright')
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined
}

/** Unpacks into the project's cache: the package would reuse whatever copy the temporary folder holds. */
async function unpackNpmChromium() {
  const folder = join(dirname(CHROMIUM_PATH_FILE), 'chromium')
  mkdirSync(folder, { recursive: true })
  process.env.TMPDIR = folder
  const entry = pathToFileURL(join(ROOT, 'node_modules/@sparticuz/chromium/build/index.js'))
  const { default: chromium } = await import(existsSync(entry) ? entry.href : '@sparticuz/chromium')
  return chromium.executablePath()
}

function remember(path) {
  mkdirSync(dirname(CHROMIUM_PATH_FILE), { recursive: true })
  writeFileSync(CHROMIUM_PATH_FILE, path)
}

function run(command, args, timeout) {
  const shell = process.platform === 'win32'
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', timeout, shell }).status === 0
}

function say(text) {
  console.log(`[setup] ${text}`)
}

function stop(text) {
  console.error(`[setup] ${text}`)
  process.exit(1)
}
