/** The behaviour suite over the fetch transport, in Chromium and across origins. */
import { inject } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { describeBehaviour } from '../client/behaviour-suite.ts'

describeBehaviour('createEventStreamClient in a browser', {
  serverUrl: () => inject('sseUrl'),
  start: createEventStreamClient,
  can: {
    ...{ statuses: true, headers: true, methods: true },
    ...{ comments: true, ownIds: true, retry: true },
  },
})
