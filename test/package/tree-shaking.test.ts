// @vitest-environment node
/** What an app does not use it does not ship: transports are values. */
import { beforeAll, describe, expect, it } from 'vitest'
import { buildApp, buildAppChunks, buildPackage } from './build-app.ts'
import type { PackageFiles } from './build-app.ts'

/** Texts that are only in the code of one part. */
const PARTS = {
  client: ['Last-Event-ID', 'attempts-exhausted'],
  eventSourceTransport: ['EventSource failed', 'event-source', 'withCredentials'],
  pollingTransport: [
    'application/json, application/x-ndjson',
    'Polling would repeat',
    'toMessages',
  ],
} as const
/** Only in what reads NDJSON. */
const NDJSON = 'A line cannot be read'
type Part = keyof typeof PARTS

let files: PackageFiles
beforeAll(async () => {
  files = await buildPackage()
}, 60_000)

const APPS: [name: string, code: string, parts: Part[]][] = [
  [
    'useEventStream',
    `import { useEventStream } from 'vue-event-stream'
     globalThis.app = () => useEventStream('/events')`,
    ['client'],
  ],
  [
    'everything in the main entry',
    `import * as all from 'vue-event-stream'
     globalThis.app = { ...all }`,
    ['client'],
  ],
  [
    'createEventStreamClient',
    `import { createEventStreamClient } from 'vue-event-stream/client'
     globalThis.app = createEventStreamClient('/events')`,
    ['client'],
  ],
  [
    'useEventStream with a fallback to polling',
    `import { useEventStream } from 'vue-event-stream'
     import { pollingTransport } from 'vue-event-stream/client'
     globalThis.app = () => useEventStream('/events', { fallback: { transport: pollingTransport() } })`,
    ['client', 'pollingTransport'],
  ],
  [
    'useEventStream over EventSource',
    `import { useEventStream } from 'vue-event-stream'
     import { eventSourceTransport } from 'vue-event-stream/client'
     globalThis.app = () => useEventStream('/events', { transport: eventSourceTransport() })`,
    ['client', 'eventSourceTransport'],
  ],
  [
    'transports that are imported and not used',
    `import { createEventStreamClient, eventSourceTransport, pollingTransport } from 'vue-event-stream/client'
     globalThis.app = createEventStreamClient('/events')`,
    ['client'],
  ],
  [
    'the parser',
    `import { createEventStreamParser } from 'vue-event-stream/protocol'
     globalThis.app = createEventStreamParser({})`,
    [],
  ],
]

describe('the package', () => {
  it('holds every part', () => {
    const code = [...files.values()].join('\n')
    const missing = Object.values(PARTS)
      .flat()
      .filter((text) => !code.includes(text))
    expect(missing).toEqual([])
  })
})

describe('an app that uses', () => {
  it.each(APPS)(
    '%s ships that and no other transport',
    async (_, code, parts) => {
      const built = await buildApp(files, code)
      const found = (Object.keys(PARTS) as Part[]).flatMap((part) =>
        PARTS[part].filter((text) => built.includes(text)).map((text) => [part, text]),
      )
      expect(found).toEqual(parts.flatMap((part) => PARTS[part].map((text) => [part, text])))
    },
    60_000,
  )

  it('event streams loads what reads NDJSON only when it is asked for', async () => {
    const code = `import { createEventStreamClient } from 'vue-event-stream/client'
      import { useEventStream } from 'vue-event-stream'
      globalThis.app = [createEventStreamClient, useEventStream]`
    const [entry, ...rest] = await buildAppChunks(files, code)
    expect(entry).not.toContain(NDJSON)
    expect(rest.filter((chunk) => chunk.includes(NDJSON))).toHaveLength(1)
  }, 60_000)

  it('ndjson() ships what reads it, once, and loads nothing', async () => {
    const code = `import { ndjson, useEventStream } from 'vue-event-stream'
      globalThis.app = () => useEventStream('/lines', { format: ndjson() })`
    const [entry, ...rest] = await buildAppChunks(files, code)
    expect(entry).toContain(NDJSON)
    expect(rest.filter((chunk) => chunk.includes(NDJSON))).toEqual([])
  }, 60_000)

  it('one transport does not ship constants of the others', async () => {
    const code = `import { eventSourceTransport } from 'vue-event-stream/client'
      globalThis.app = eventSourceTransport()`
    const built = await buildApp(files, code)
    expect(built).toContain('event-source')
    expect(built).not.toMatch(/json/)
  })
})
