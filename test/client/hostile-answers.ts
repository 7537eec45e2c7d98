/** Servers that are odd with heads, statuses and ends: what they answer, and what the app must see of it. */
import { bare, block, blocks, ended, script } from '../support/fault-script.ts'
import { EXHAUSTED, giveUpAfter } from './hostile-rows.ts'
import type { HostileRow } from './hostile-rows.ts'

const HTML = { 'Content-Type': 'text/html; charset=utf-8' }
const PROBLEM = { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'Not yours: é' }
const FAILED = { status: 'failed http', errors: ['http-status'] }
const REFUSED_TWICE = { status: 'failed http', errors: ['http-status', 'http-status'] }

/** A whole answer as a cache keeps it. */
const cached = (text: string): ReturnType<typeof ended> =>
  ended(text, { Age: '120', 'Content-Length': String(Buffer.byteLength(text)) })

const asked = (count: number, id?: string): (string | undefined)[] => Array(count).fill(id)

/** Each of these gets attempts that count up, until there are too many. */
const withoutProgress: HostileRow[] = [
  {
    name: 'backs off from a stream that ends at once',
    path: '/end?count=0',
    options: giveUpAfter(4),
    sees: { data: [], asked: asked(4), ...EXHAUSTED },
  },
  {
    name: 'backs off from a stream that greets with the id it was sent, and ends',
    path: script(ended(block('hello', 'hi'))),
    options: giveUpAfter(4),
    sees: {
      ...{ data: ['hi'], duplicates: 4, asked: [undefined, ...asked(4, 'hello')] },
      ...EXHAUSTED,
    },
  },
  {
    name: 'backs off from a stream that greets in new words under the id it was sent, and ends',
    path: script(...[1, 2, 3, 4, 5].map((data) => ended(block('hello', data)))),
    options: giveUpAfter(4),
    sees: { data: [1, 2, 3, 4, 5], asked: [undefined, ...asked(4, 'hello')], ...EXHAUSTED },
  },
  {
    name: 'backs off from a stream that greets without an id, and ends',
    path: script(ended(bare('hi'))),
    options: giveUpAfter(3),
    sees: { data: ['hi', 'hi', 'hi'], gaps: ['no-id', 'no-id'], asked: asked(3), ...EXHAUSTED },
  },
  {
    name: 'backs off from a stream that sends nothing but its id, and ends',
    path: script(ended('id: 7\n\n')),
    options: giveUpAfter(3),
    sees: { data: [], asked: [undefined, ...asked(3, '7')], ...EXHAUSTED },
  },
  {
    name: 'backs off from a cached answer, and delivers it once',
    path: script(cached(blocks(1, 2, 3))),
    options: giveUpAfter(4),
    sees: { data: [1, 2, 3], duplicates: 12, asked: [undefined, ...asked(4, '3')], ...EXHAUSTED },
  },
  ...['/hang-up', '/no-http', '/half-head', '/huge-head'].map((path): HostileRow => ({
    name: `backs off from ${path}`,
    path,
    options: giveUpAfter(3),
    sees: { data: [], asked: asked(3), ...EXHAUSTED },
  })),
]

const statuses: HostileRow[] = [
  {
    name: 'asks for headers once more after a 401, and no more than that',
    path: script({ status: 401 }),
    options: { headers: () => ({ Authorization: 'Bearer old' }) },
    sees: { data: [], asked: asked(2), ...REFUSED_TWICE },
    error: { status: 401, fatal: true },
  },
  {
    name: 'asks for a request once more after a 403',
    path: script({ status: 403 }),
    options: { request: () => ({ headers: { Authorization: 'Bearer old' } }) },
    sees: { data: [], asked: asked(2), ...REFUSED_TWICE },
    error: { status: 403, fatal: true },
  },
  {
    name: 'asks once more after a 401 to a POST',
    path: script({ status: 401 }, bare('end')),
    options: { method: 'POST', reconnect: undefined, headers: async () => ({}) },
    sees: { data: ['end'], asked: asked(2), errors: ['http-status'] },
  },
  {
    name: 'takes a 401 for the last word where the headers are always the same',
    path: script({ status: 401 }, bare('never')),
    options: { headers: { Authorization: 'Bearer old' } },
    sees: { data: [], asked: asked(1), ...FAILED },
  },
  {
    name: 'gives a token that expires its second chance after each open',
    path: script({ status: 401 }, block(1, 'a'), { status: 401 }, block(2, 'end')),
    options: { headers: () => ({ Authorization: 'Bearer new' }) },
    sees: {
      data: ['a', 'end'],
      ...{ asked: [undefined, undefined, '1', '1'], errors: ['http-status', 'http-status'] },
    },
  },
  {
    name: 'reads the problem of a 403',
    path: script({
      status: 403,
      headers: { 'Content-Type': 'Application/Problem+JSON; charset=utf-8' },
      text: JSON.stringify(PROBLEM),
    }),
    sees: { data: [], asked: asked(1), ...FAILED },
    error: { status: 403, problem: PROBLEM, body: JSON.stringify(PROBLEM) },
  },
  ...['[1]', 'null', '"text"', '{"title":'].map((text): HostileRow => ({
    name: `takes ${text} for no problem`,
    path: script({ status: 404, headers: { 'Content-Type': 'application/problem+json' }, text }),
    sees: { data: [], asked: asked(1), ...FAILED },
    error: { problem: undefined, body: text },
  })),
  {
    name: 'gives up the body of an error that does not end',
    path: script({ status: 404, text: 'half a', end: 'open' }),
    sees: { data: [], asked: asked(1), ...FAILED },
    error: { body: 'half a' },
  },
  {
    name: 'takes an error for one though its body takes longer than connectTimeout',
    path: script({ status: 404, text: 'half a', end: 'open' }),
    options: { connectTimeout: 200 },
    sees: { data: [], asked: asked(1), ...FAILED },
    error: { status: 404 },
  },
  {
    name: 'keeps the first 4 KiB of an error that is huge',
    path: '/endless-error?code=404',
    options: { environment: { after: () => () => {} } }, // no timer has to end it
    sees: { data: [], asked: asked(1), ...FAILED },
    error: { body: 'x'.repeat(4096) },
  },
  {
    name: 'tries again after a 503 whose body does not end',
    path: script({ status: 503, text: 'busy', end: 'open' }, block(1, 'end')),
    sees: { data: ['end'], asked: asked(2), errors: ['http-status'] },
  },
  {
    name: 'takes a 204 for the end, also after a stream',
    path: script(block(1, 'a'), { status: 204 }),
    sees: { data: ['a'], asked: [undefined, '1'], status: 'closed no-content' },
  },
  {
    name: 'takes a 205 for an error',
    path: script({ status: 205 }),
    sees: { data: [], asked: asked(1), ...FAILED },
  },
]

const contentTypes: HostileRow[] = [
  {
    name: 'takes a page for a wrong URL, and shows how it begins',
    path: script({ headers: HTML, text: '<!doctype html><h1>Welcome</h1>' }),
    sees: { data: [], asked: asked(1), errors: ['content-type'], status: 'failed content-type' },
    error: { status: 200, body: '<!doctype html><h1>Welcome</h1>' },
  },
  {
    name: 'waits until a page in place of a stream is gone',
    path: script(block(1, 'a'), { headers: HTML, text: 'deploying' }, block(2, 'end')),
    sees: { data: ['a', 'end'], asked: [undefined, '1', '1'], errors: ['content-type'] },
  },
  {
    name: 'takes a type that only starts like that of a stream for another one',
    path: script({ headers: { 'Content-Type': 'text/event-streams' }, text: bare(1) }),
    sees: { data: [], asked: asked(1), errors: ['content-type'], status: 'failed content-type' },
  },
  {
    name: 'takes the type of a stream in capitals and with a character set',
    path: script({
      headers: { 'Content-Type': 'TEXT/Event-Stream ;charset=UTF-8' },
      text: bare('end'),
      end: 'open',
    }),
    sees: { data: ['end'], asked: asked(1) },
  },
]

const DONE = { until: '[DONE]' }
const TRUNCATED = { errors: ['truncated'], status: 'failed network' }
const POST = { method: 'POST', reconnect: undefined }

const ends: HostileRow[] = [
  {
    name: 'is complete at the text of until, which it does not deliver',
    path: script(`${block(1, 'a')}data: [DONE]\n\n${block(2, 'never')}`),
    options: DONE,
    sees: { data: ['a'], asked: asked(1), status: 'closed complete' },
  },
  {
    name: 'is complete at the message that until says, which it delivers',
    path: script(block(1, 'a') + block(2, 'z') + block(3, 'never')),
    options: { until: ({ data }) => data === 'z' },
    sees: { data: ['a', 'z'], asked: asked(1), status: 'closed complete' },
  },
  {
    name: 'goes on with a GET that ended before until',
    path: script(block(1, 'a'), `${block(2, 'b')}data: [DONE]\n\n`),
    options: DONE,
    sees: {
      data: ['a', 'b'],
      ...{ asked: [undefined, '1'], errors: ['truncated'], status: 'closed complete' },
    },
  },
  {
    name: 'fails with a POST that ended before until',
    path: script(ended(block(1, 'a'))),
    options: { ...DONE, ...POST },
    sees: { data: ['a'], asked: asked(1), ...TRUNCATED },
  },
  {
    name: 'fails with a POST that ended before the message that until says',
    path: script(ended(block(1, 'a'))),
    options: { until: () => false, ...POST },
    sees: { data: ['a'], asked: asked(1), ...TRUNCATED },
  },
  {
    name: 'sends a POST once that is cut',
    path: script({ text: ': begun\n\n', end: 'cut' }, block(2, 'never')),
    options: POST,
    sees: { data: [], asked: asked(1), status: 'failed network' },
  },
  {
    name: 'takes the end of a POST for complete',
    path: script(ended(block(1, 'a'))),
    options: POST,
    sees: { data: ['a'], asked: asked(1), status: 'closed complete' },
  },
]

export const ANSWER_ROWS: readonly HostileRow[] = [
  ...withoutProgress,
  ...statuses,
  ...contentTypes,
  ...ends,
]
