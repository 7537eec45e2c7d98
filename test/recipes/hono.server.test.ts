/**
 * The recipe for Hono, on its own server for Node.
 * @see https://hono.dev/docs/helpers/streaming#streamsse
 */
import { getRequestListener } from '@hono/node-server'
import { vi } from 'vitest'
import { app } from './hono.ts'
import { describeNews } from './news-suite.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

describeNews('Hono', getRequestListener(app.fetch))
