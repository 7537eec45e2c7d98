/**
 * The recipe for Nitro, on its h3.
 * @see https://h3.dev/utils/response#createeventstreamevent-opts
 */
import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import { vi } from 'vitest'
import { describeNews } from './news-suite.ts'
import handler from './nitro.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

describeNews('Nitro', toNodeHandler(new H3().get('/news', handler)))
