/**
 * The recipe for Express, as it is, and behind the middleware that would hold its events back.
 * @see https://github.com/expressjs/compression#server-sent-events
 */
import compression from 'compression'
import express from 'express'
import { vi } from 'vitest'
import { app } from './express.ts'
import { postedDesk } from './news-desk.ts'
import { describeNews } from './news-suite.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

describeNews('Express', app, postedDesk)
describeNews('Express with compression', express().use(compression(), app), postedDesk)
