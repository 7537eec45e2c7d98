// Where an nginx is on this machine. Node built-ins only: setup.mjs runs before anything is installed.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian and macOS keep servers out of a user's PATH. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']

export const HOW_TO_GET_NGINX = 'Debian: apt-get install nginx, macOS: brew install nginx'

/** The executable to start, or undefined when there is none. */
export function findNginx() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return [...folders, ...FOLDERS].map((folder) => join(folder, 'nginx')).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
