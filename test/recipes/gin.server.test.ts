/**
 * The recipe for Gin, built from Debian's packages, which need no network.
 * @see https://gin-gonic.com/en/docs/
 */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import { describeNewsProcess } from './server-process.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const GOPATH = '/usr/share/gocode'
const isThere =
  spawnSync('go', ['version']).status === 0 && existsSync(`${GOPATH}/src/github.com/gin-gonic/gin`)

describeNewsProcess('Gin', {
  missing: isThere ? undefined : 'Gin (Debian: golang-go golang-github-gin-gonic-gin-dev)',
  async prepare(folder) {
    const command = join(folder, 'news')
    const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '' }
    const cwd = `${import.meta.dirname}/gin`
    await promisify(execFile)('go', ['build', '-o', command, '.'], { cwd, env })
    return { command, args: [] }
  },
})
