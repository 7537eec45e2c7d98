/** Hostile lines in Chromium, across origins; and streams that share a connection there. */
import { ownHost } from '../support/own-host.ts'
import { expect, inject, it } from 'vitest'
import { createAppConnections } from '../../src/client/sharing/app-connections.ts'
import { ndjson } from '../../src/client/formats/ndjson.ts'
import { describeHostileLines } from '../client/hostile-lines.ts'
import { startRun, until } from '../support/client-run.ts'
import { linesPath } from '../support/fault-paths-lines.ts'
import { requestsOf, tagged } from '../support/tagged-log.ts'

const url = ownHost(inject('sseUrl'))

describeHostileLines('a stream of hostile lines in a browser', () => url)

it.each([
  ['by type alone', undefined],
  ['with a format', ndjson({ id: 'id' })],
])('streams of NDJSON share a connection of the app, read %s', async (_, format) => {
  const connections = createAppConnections()
  const reported: unknown[] = []
  const environment = { reportError: (error: unknown): void => void reported.push(error) }
  const tag = crypto.randomUUID()
  const path = linesPath('{"id":1}\n{"id":\n{"id":2}\n')
  const connect = (): ReturnType<typeof startRun> =>
    startRun(tagged(url + path, tag), { share: 'app', connections, format, environment })
  const first = connect()
  await until(() => first.messages.length === 2)
  const second = connect()
  await until(() => second.messages.length === 2)
  for (const { data, errors } of [first, second]) {
    expect(data()).toEqual([{ id: 1 }, { id: 2 }])
    expect(errors).toMatchObject([{ code: 'decode', raw: '{"id":' }])
  }
  expect(await requestsOf(url, tag)).toHaveLength(1)
  connections.dispose()
  expect(reported).toEqual([])
})
