// @vitest-environment node
/** The public API: what the three entries export when they run, and that package.json leads to their sources. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as main from 'vue-event-stream'
import * as client from 'vue-event-stream/client'
import * as protocol from 'vue-event-stream/protocol'
import { ROOT, readText } from './source-files.ts'

type Entry = string | { types: string; default: string }

const { exports: entries } = JSON.parse(readText('package.json')) as {
  exports: Record<string, Entry>
}
const codeEntries = Object.entries(entries).filter(
  (entry): entry is [string, Exclude<Entry, string>] => typeof entry[1] !== 'string',
)

describe('vue-event-stream', () => {
  it('exports', () => {
    expect(Object.keys(main)).toMatchInlineSnapshot(`
      [
        "createEventStreams",
        "useEventStream",
        "useEventStreamState",
        "useEventStreamsStatus",
        "useMessageQueue",
        "useTextStream",
        "ndjson",
        "EventStreamError",
        "isEventStreamError",
      ]
    `)
  })
})

describe('vue-event-stream/client', () => {
  it('exports', () => {
    expect(Object.keys(client)).toMatchInlineSnapshot(`
      [
        "createEventStreamClient",
        "defaultEnvironment",
        "ndjson",
        "eventSourceTransport",
        "fetchTransport",
        "pollingTransport",
        "EventStreamError",
        "isEventStreamError",
      ]
    `)
  })
})

describe('vue-event-stream/protocol', () => {
  it('exports', () => {
    expect(Object.keys(protocol)).toMatchInlineSnapshot(`
      [
        "EVENT_STREAM_MIME_TYPE",
        "LAST_EVENT_ID_HEADER",
        "encodeComment",
        "encodeEvent",
        "encodeRetry",
        "EventStreamError",
        "isEventStreamError",
        "createEventStreamParser",
        "createNdjsonParser",
      ]
    `)
  })
})

describe('the entries', () => {
  it('share one class of errors', () => {
    expect(client.EventStreamError).toBe(protocol.EventStreamError)
    expect(main.EventStreamError).toBe(protocol.EventStreamError)
  })
})

describe('package.json', () => {
  it('has the three entries and itself', () => {
    expect(Object.keys(entries)).toEqual(['.', './client', './protocol', './package.json'])
    expect(entries['./package.json']).toBe('./package.json')
  })

  it.each(codeEntries)(
    'builds %s, code and types, from one source',
    (name, { types, default: code }) => {
      const source = types.replace('./dist/types/', 'src/').replace(/\.d\.ts$/, '.ts')
      expect(source).toBe(join('src', name, 'index.ts'))
      expect(existsSync(join(ROOT, source))).toBe(true)
      expect(code).toBe(source.replace('src/', './dist/').replace(/\.ts$/, '.js'))
      expect(readText('vite.config.ts')).toContain(`'./${source}'`)
    },
  )

  it('ships what the entries lead to and nothing else', () => {
    const { files, type, sideEffects, dependencies } = JSON.parse(readText('package.json'))
    expect({ files, type, sideEffects, dependencies }).toEqual({
      files: ['dist'],
      type: 'module',
      sideEffects: false,
      dependencies: undefined,
    })
  })
})
