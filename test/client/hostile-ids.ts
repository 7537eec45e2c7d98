/** Servers that are odd with ids: what they send, one text for each connection, and what the app must see of it. */
import { bare, block, blocks, script } from '../support/fault-script.ts'
import type { HostileRow } from './hostile-rows.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
/** The data of the server's numbered events. */
const indexed = (count: number): unknown[] => upTo(count).map((index) => ({ index }))
/** UTF-8 as Node shows it in headers: a character for each byte. */
const asHeader = (text: string): string => Buffer.from(text).toString('latin1')

const replays: HostileRow[] = [
  {
    name: 'keeps messages without an id right after a reconnect, also those equal to earlier ones',
    path: script(block(1, 'a'), bare('b') + bare('b') + bare('a') + bare('end')),
    sees: { data: ['a', 'b', 'b', 'a', 'end'], asked: [undefined, '1'] },
  },
  {
    name: 'drops what a replay repeats when a live message came before it',
    path: script(blocks(1, 2, 3), blocks(6, 4, 5, 6, 7)),
    sees: { data: [1, 2, 3, 6, 4, 5, 7], duplicates: 1, asked: [undefined, '3'] },
  },
  {
    name: 'drops a replay that starts with what was there already',
    path: script(blocks(1, 2, 3), blocks(2, 3, 4, 5)),
    sees: { data: [1, 2, 3, 4, 5], duplicates: 2, asked: [undefined, '3'] },
  },
  {
    name: 'delivers a replay of 3000 once when 500 of them were there',
    path: '/replay?first=500&until=3000',
    sees: { data: indexed(3000), duplicates: 500, asked: [undefined, '500'] },
  },
  {
    name: 'drops the last 1024 of 3000 when they come again',
    path: '/replay?first=3000&replay=1024',
    sees: { data: indexed(3001), duplicates: 1024, asked: [undefined, '3000'] },
  },
  {
    name: 'puts batches together, each on a connection of its own',
    path: '/batches?batch=500&until=3000',
    sees: {
      data: indexed(3000),
      asked: [undefined, '500', '1000', '1500', '2000', '2500'],
    },
  },
  {
    name: 'puts a stream together that ends after each message',
    path: '/batches?batch=1&until=12',
    sees: { data: indexed(12), asked: [undefined, ...upTo(11).map(String)] },
  },
  {
    name: 'delivers what comes twice on one connection twice',
    path: script(block(1, 'a') + block(1, 'a') + block(2, 'end')),
    sees: { data: ['a', 'a', 'end'], asked: [undefined] },
  },
  {
    name: 'tells messages under one id apart by their types',
    path: script(block(1, 'a'), `event: other\n${block(1, 'a')}${block(1, 'a')}${block(2, 'end')}`),
    sees: { data: ['a', 'a', 'end'], duplicates: 1, asked: [undefined, '1'] },
  },
  {
    name: 'delivers a replay again with dedupe: false',
    path: script(blocks(1, 2), blocks(1, 2, 3)),
    options: { dedupe: false },
    sees: { data: [1, 2, 1, 2, 3], asked: [undefined, '2'] },
  },
  {
    name: 'tells messages apart by the key that dedupe gives, with ids or without',
    path: script(bare({ uid: 'a' }) + bare({}), bare({ uid: 'a' }) + bare({}) + bare({ uid: 'b' })),
    options: { dedupe: ({ data }) => (data as { uid?: string }).uid },
    sees: {
      data: [{ uid: 'a' }, {}, {}, { uid: 'b' }],
      ...{ duplicates: 1, gaps: ['no-id'], asked: [undefined, undefined] },
    },
  },
]

const numbering: HostileRow[] = [
  {
    name: 'keeps three events under one id, and drops those that come again',
    path: script(
      block(5, 'a') + block(5, 'b'),
      block(5, 'a') + block(5, 'b') + block(5, 'c') + block(6, 'end'),
    ),
    sees: { data: ['a', 'b', 'c', 'end'], duplicates: 2, asked: [undefined, '5'] },
  },
  {
    name: 'drops nothing when the ids restart with other data',
    path: script(
      block(1, 'a1') + block(2, 'a2') + block(3, 'a3'),
      block(1, 'b1') + block(2, 'b2') + block(3, 'b3') + block(4, 'end'),
    ),
    sees: { data: ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'end'], asked: [undefined, '3'] },
  },
  {
    name: 'drops nothing when the ids are numbered per response',
    path: script(
      ...['a', 'b', 'c'].map((name) => block(1, `${name}1`) + block(2, `${name}2`)),
      block(1, 'end'),
    ),
    sees: { data: ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'end'], asked: [undefined, '2', '2', '2'] },
  },
  {
    name: 'drops nothing when every id is equal and the data are not',
    path: script(
      block('x', 1) + block('x', 2),
      block('x', 3) + block('x', 4),
      block('x', 5) + block('x', 'end'),
    ),
    sees: { data: [1, 2, 3, 4, 5, 'end'], asked: [undefined, 'x', 'x'] },
  },
  {
    name: 'drops nothing that the server repeated on one connection, wherever it comes again',
    path: script(
      block('x', 'same').repeat(3),
      block('x', 'same').repeat(2),
      block('x', 'same') + bare('end'),
    ),
    sees: { data: [...Array(6).fill('same'), 'end'], asked: [undefined, 'x', 'x'] },
  },
  {
    name: 'moves the cursor with blocks that carry nothing but an id',
    path: script(`${block(1, 'a')}id: 7\n\n`, bare('end')),
    sees: { data: ['a', 'end'], asked: [undefined, '7'] },
  },
  {
    name: 'forgets the cursor at an empty id',
    path: script(`${block(1, 'a')}id\n\n`, block(2, 'end')),
    sees: { data: ['a', 'end'], gaps: ['no-id'], asked: [undefined, undefined] },
  },
  {
    name: 'moves the cursor with whole blocks only',
    path: script(`${block(1, 'a')}id: 2\ndata: "lost"\n`, block(2, 'lost')),
    sees: { data: ['a', 'lost'], asked: [undefined, '1'] },
  },
  {
    name: 'takes the cursor out of the data with getEventId, and drops what comes again',
    path: script(bare({ seq: 1 }) + bare({ seq: 2 }), bare({ seq: 2 }) + bare({ seq: 3 })),
    options: { getEventId: ({ data }) => String((data as { seq: number }).seq) },
    sees: {
      data: [{ seq: 1 }, { seq: 2 }, { seq: 3 }],
      ...{ duplicates: 1, asked: [undefined, '2'] },
    },
  },
]

const unsendable: HostileRow[] = [
  ...['a\u0001b', 'a\tb', 'a\u007fb'].map((id): HostileRow => ({
    name: `leaves the id ${JSON.stringify(id)} out, and says so`,
    path: script(block(id, 1), block('b', 'end')),
    sees: { data: [1, 'end'], gaps: ['unsendable-id'], asked: [undefined, undefined] },
  })),
  {
    name: 'leaves an id out that a header would shorten: one with a space at its end',
    path: script(block('a ', 1), block('b', 'end')),
    sees: { data: [1, 'end'], gaps: ['unsendable-id'], asked: [undefined, undefined] },
  },
  {
    name: 'ignores an id with NUL in it',
    path: script('id: a\0b\ndata: 1\n\n', block('b', 'end')),
    sees: { data: [1, 'end'], gaps: ['no-id'], asked: [undefined, undefined] },
  },
  {
    name: 'sends an id in Japanese as UTF-8',
    path: script(block('日本語', 1), block('\u00a0', 2), block('b', 'end')),
    sees: { data: [1, 2, 'end'], asked: [undefined, asHeader('日本語'), asHeader('\u00a0')] },
  },
  {
    name: 'sends an id of 4 KiB',
    path: '/long-id?size=4096',
    sees: { data: [1, 2], asked: [undefined, 'i'.repeat(4096)] },
  },
  {
    name: 'leaves an id of 100 KB out, and says so',
    path: '/long-id',
    sees: { data: [1, 2], gaps: ['unsendable-id'], asked: [undefined, undefined] },
  },
]

const gaps: HostileRow[] = [
  {
    name: 'says that messages without an id may be missing after a cut',
    path: script(block(1, 'a') + bare('b'), block(2, 'c'), block(3, 'end')),
    sees: {
      data: ['a', 'b', 'c', 'end'],
      ...{ gaps: ['no-id', 'no-id'], asked: [undefined, '1', '2'] },
    },
  },
  {
    name: 'says nothing when only heartbeats were without an id',
    path: script(
      `event: ping\n${bare(1)}event: heartbeat\n${bare(2)}${block(1, 'a')}`,
      block(2, 'end'),
    ),
    sees: { data: [1, 2, 'a', 'end'], asked: [undefined, '1'] },
  },
  {
    name: 'says so when the server went on after another id',
    path: script(block(1, 'a'), {
      headers: { 'Mercure-Last-Event-ID': '0' },
      text: block(9, 'end'),
    }),
    sees: { data: ['a', 'end'], gaps: ['server'], asked: [undefined, '1'] },
  },
  {
    name: 'says nothing when the server went on after the id it was sent',
    path: script(block(1, 'a'), {
      headers: { 'Mercure-Last-Event-ID': '1' },
      text: block(2, 'end'),
    }),
    sees: { data: ['a', 'end'], asked: [undefined, '1'] },
  },
  {
    name: 'says nothing when the server tells a place that nobody asked for',
    path: script({ headers: { 'Mercure-Last-Event-ID': '9' }, text: block(10, 'end') }),
    sees: { data: ['end'], asked: [undefined] },
  },
  {
    name: 'says so when the server does not know the id that the app started with',
    path: script({ headers: { 'Mercure-Last-Event-ID': '0' }, text: block(9, 'end') }),
    options: { initialLastEventId: '5' },
    sees: { data: ['end'], gaps: ['server'], asked: ['5'] },
  },
  {
    name: 'says so at the event that the app has named, and delivers it',
    path: script(`${block(1, 'a')}event: lost\n${block(2, 'b')}${block(3, 'end')}`),
    options: { resume: { gapEvent: 'lost' } },
    sees: { data: ['a', 'b', 'end'], gaps: ['server'], asked: [undefined] },
  },
]

export const ID_ROWS: readonly HostileRow[] = [...replays, ...numbering, ...unsendable, ...gaps]
