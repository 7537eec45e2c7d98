/** A browser, with and without what transports stand on. */
import { ownHost } from '../../support/own-host.ts'
import { inject } from 'vitest'
import { describeUnsupported } from './describe-unsupported.ts'

const url = ownHost(inject('sseUrl'))
describeUnsupported(() => url)
