/**
 * The recipe for Flask: on the server that Flask comes with, a thread for each request, and on gunicorn with gevent.
 * @see https://flask.palletsprojects.com/en/stable/patterns/streaming/
 * @see https://docs.gunicorn.org/en/stable/design.html#async-workers
 */
import { spawnSync } from 'node:child_process'
import { vi } from 'vitest'
import { describeNewsProcess } from './server-process.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

/** A Python of the user's own may lack what Debian's has. */
const findPython = (...modules: string[]): string | undefined =>
  ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', `import ${modules.join()}`]).status === 0,
  )

const inFolder = (command: string, args: string[]) => ({
  command,
  args,
  cwd: `${import.meta.dirname}/flask`,
  env: { PYTHONDONTWRITEBYTECODE: '1' },
})

const python = findPython('flask')
describeNewsProcess('Flask', {
  missing: python ? undefined : 'Flask (Debian: python3-flask)',
  prepare: () => inFolder(python!, ['server.py']),
})

const gevent = findPython('flask', 'gunicorn', 'gevent')
describeNewsProcess('Flask behind gunicorn', {
  missing: gevent ? undefined : 'gunicorn with gevent (Debian: gunicorn python3-gevent)',
  prepare: () => inFolder(gevent!, ['-m', 'gunicorn', 'server:application']),
})
