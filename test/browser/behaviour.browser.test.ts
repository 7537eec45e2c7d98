/** The behaviour suite over every transport, in Chromium and across origins. */
import { ownHost } from '../support/own-host.ts'
import { inject } from 'vitest'
import { describeBehaviour } from '../client/behaviour-suite.ts'
import { eventSource, FETCH, lines, polling } from '../client/behaviour-transports.ts'

const url = ownHost(inject('sseUrl'))
const serverUrl = (): string => url

describeBehaviour('fetch in a browser', { serverUrl, ...FETCH })
describeBehaviour('NDJSON in a browser', { serverUrl, ...lines() })
describeBehaviour('EventSource in a browser', { serverUrl, ...eventSource() })
describeBehaviour('polling JSON in a browser', { serverUrl, ...polling('json') })
describeBehaviour('polling NDJSON in a browser', { serverUrl, ...polling('ndjson') })
describeBehaviour('polling event streams in a browser', { serverUrl, ...polling('stream') })
