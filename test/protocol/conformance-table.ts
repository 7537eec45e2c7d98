/**
 * The format's rules as a table: what goes in, and every callback that must come out, in order.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
import {
  bytes,
  comment,
  message,
  messageWithId,
  movedTo,
  retry,
} from '../support/event-stream-bytes.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'

export interface ConformanceRow {
  /** The rule, in our words. */
  rule: string
  input: string | Uint8Array
  output: ParserEvent[]
}

const BOM = '\uFEFF'
const LONG = 'x'.repeat(70_000)

const lineEnds: ConformanceRow[] = [
  { rule: 'LF ends a line', input: 'data: a\ndata: b\n\n', output: [message('a\nb')] },
  { rule: 'CR ends a line', input: 'data: a\rdata: b\r\r', output: [message('a\nb')] },
  { rule: 'CR LF ends one line', input: 'data: a\r\ndata: b\r\n\r\n', output: [message('a\nb')] },
  {
    rule: 'line ends may be mixed within a block',
    input: 'event: t\rdata: a\r\ndata: b\n\r',
    output: [message('a\nb', { type: 't' })],
  },
  {
    rule: 'LF CR are two line ends',
    input: 'data: a\n\rdata: b\n\n',
    output: [message('a'), message('b')],
  },
  {
    rule: 'CR CR LF are two line ends',
    input: 'data: a\r\r\ndata: b\r\r\n',
    output: [message('a'), message('b')],
  },
  {
    rule: 'CR LF LF are two line ends',
    input: 'data: a\r\n\ndata: b\r\n\n',
    output: [message('a'), message('b')],
  },
  {
    rule: 'CR LF CR are two line ends',
    input: 'data: a\r\n\rdata: b\r\n\r',
    output: [message('a'), message('b')],
  },
  {
    rule: 'streams may change their line ends from event to event',
    input: 'data: a\n\ndata: b\r\rdata: c\r\n\r\n',
    output: [message('a'), message('b'), message('c')],
  },
  {
    rule: 'the CR that ends the stream completes its line',
    input: 'data: a\n\r',
    output: [message('a')],
  },
  {
    rule: 'U+2028, U+2029, U+0085, VT and FF are no line ends',
    input: 'data: a\u2028b\u2029c\u0085d\u000Be\u000Cf\n\n',
    output: [message('a\u2028b\u2029c\u0085d\u000Be\u000Cf')],
  },
  { rule: 'blank lines alone say nothing', input: '\n\r\r\n\n\n', output: [] },
  { rule: 'an empty stream says nothing', input: '', output: [] },
  {
    rule: 'blank lines before and between events say nothing',
    input: '\n\ndata: a\n\n\n\ndata: b\n\n\n',
    output: [message('a'), message('b')],
  },
]

const byteOrderMarks: ConformanceRow[] = [
  {
    rule: 'one byte order mark at the start is dropped',
    input: `${BOM}data: a\n\n`,
    output: [message('a')],
  },
  {
    rule: 'a second byte order mark belongs to the field name',
    input: `${BOM}${BOM}data: a\n\n`,
    output: [],
  },
  {
    rule: 'only the first line can lose a byte order mark',
    input: `data: a\n\n${BOM}data: b\n\ndata: c\n\n`,
    output: [message('a'), message('c')],
  },
  {
    rule: 'a byte order mark after a blank first line stays',
    input: `\n${BOM}data: a\n\n`,
    output: [],
  },
  {
    rule: 'a byte order mark at the start of a value stays',
    input: `data: ${BOM}a\n\n`,
    output: [message(`${BOM}a`)],
  },
  {
    rule: 'a byte order mark before a comment is dropped',
    input: `${BOM}: a\n`,
    output: [comment('a')],
  },
  {
    rule: 'a byte order mark alone on the first line is a blank line',
    input: `${BOM}\n`,
    output: [],
  },
  { rule: 'a stream of nothing but a byte order mark says nothing', input: BOM, output: [] },
  {
    rule: 'a UTF-16 byte order mark is no byte order mark',
    input: bytes(0xff, 0xfe, 'data: a\n\ndata: b\n\n'),
    output: [message('b')],
  },
  {
    rule: 'a cut off byte order mark belongs to the field name',
    input: bytes(0xef, 0xbb, 'data: a\n\ndata: b\n\n'),
    output: [message('b')],
  },
  {
    rule: 'the characters that look like a byte order mark in Latin-1 belong to the field name',
    input: 'ï»¿data: a\n\ndata: b\n\n',
    output: [message('b')],
  },
]

const spacesAndColons: ConformanceRow[] = [
  { rule: 'the space after the colon may be missing', input: 'data:a\n\n', output: [message('a')] },
  {
    rule: 'only one space after the colon is dropped',
    input: 'data:  a\n\n',
    output: [message(' a')],
  },
  { rule: 'a tab after the colon stays', input: 'data:\ta\n\n', output: [message('\ta')] },
  {
    rule: 'a no-break space after the colon stays',
    input: 'data:\u00A0a\n\n',
    output: [message('\u00A0a')],
  },
  { rule: 'spaces at the end of a value stay', input: 'data: a  \n\n', output: [message('a  ')] },
  {
    rule: 'the first colon ends the name, others belong to the value',
    input: 'data:a: b:\n\n',
    output: [message('a: b:')],
  },
  { rule: 'a value may be nothing but a colon', input: 'data::\n\n', output: [message(':')] },
  { rule: 'a value may be a space of its own', input: 'data:  \n\n', output: [message(' ')] },
  {
    rule: 'a name with a space before it is another name',
    input: ' data: a\n\ndata: b\n\n',
    output: [message('b')],
  },
  {
    rule: 'a name with a space after it is another name',
    input: 'data : a\n\ndata: b\n\n',
    output: [message('b')],
  },
  {
    rule: 'names are compared by case',
    input: 'Data: a\nDATA: b\nEvent: t\nID: 1\nRetry: 5\ndata: c\n\n',
    output: [message('c')],
  },
]

const fields: ConformanceRow[] = [
  {
    rule: 'a line without a colon is a field without a value',
    input: 'data\n\n',
    output: [message('')],
  },
  {
    rule: 'unknown fields are ignored',
    input: 'foo: bar\ndata: a\nbaz\nx-y:z\n\n',
    output: [message('a')],
  },
  {
    rule: 'longer names are other names',
    input:
      'database: x\ndatax\ndata2: y\nevents: t\nidx: 1\nidentity: 2\nretry-after: 5\ndata: a\n\n',
    output: [message('a')],
  },
  {
    rule: 'shorter names are other names',
    input: 'dat: x\nd: y\neven: t\ni: 1\nretr: 5\ndata: a\n\n',
    output: [message('a')],
  },
  { rule: 'a block of unknown fields dispatches nothing', input: 'foo: bar\n\n', output: [] },
  {
    rule: 'names from JavaScript objects are unknown fields',
    input: '__proto__: a\nconstructor: b\ntoString: c\ndata: d\n\n',
    output: [message('d')],
  },
  {
    rule: 'names from JavaScript objects are ordinary types and ids',
    input: 'event: __proto__\nid: constructor\ndata: hasOwnProperty\n\n',
    output: messageWithId('constructor', 'hasOwnProperty', { type: '__proto__' }),
  },
  { rule: 'a line of JSON is an unknown field', input: '{"data": "a"}\n\n', output: [] },
]

const data: ConformanceRow[] = [
  {
    rule: 'several data lines are joined with LF',
    input: 'data: a\ndata: b\ndata: c\n\n',
    output: [message('a\nb\nc')],
  },
  { rule: 'data without a value is an empty message', input: 'data:\n\n', output: [message('')] },
  {
    rule: 'data with nothing but the space is an empty message',
    input: 'data: \n\n',
    output: [message('')],
  },
  { rule: 'two empty data lines are one LF', input: 'data\ndata\n\n', output: [message('\n')] },
  {
    rule: 'three empty data lines are two LF',
    input: 'data:\ndata\ndata: \n\n',
    output: [message('\n\n')],
  },
  { rule: 'an empty first data line stays', input: 'data:\ndata: a\n\n', output: [message('\na')] },
  { rule: 'an empty last data line stays', input: 'data: a\ndata:\n\n', output: [message('a\n')] },
  {
    rule: 'a block without data dispatches nothing, and its type is forgotten',
    input: 'event: t\n\ndata: a\n\n',
    output: [message('a')],
  },
  {
    rule: 'data lines are joined whatever lies between them',
    input: 'data: a\n: b\nevent: t\nfoo\ndata: c\n\n',
    output: [comment('b'), message('a\nc', { type: 't' })],
  },
  { rule: 'data may hold NUL', input: 'data: a\0b\n\n', output: [message('a\0b')] },
  {
    rule: 'a block does not go on after its blank line',
    input: 'data: a\n\ndata: b\n\n',
    output: [message('a'), message('b')],
  },
  { rule: 'very long lines are read', input: `data: ${LONG}\n\n`, output: [message(LONG)] },
  {
    rule: 'very long lines leave the next ones alone',
    input: `: ${LONG}\ndata: a\n\nid: 1\ndata: b\n\n`,
    output: [comment(LONG), message('a'), ...messageWithId('1', 'b')],
  },
]

const types: ConformanceRow[] = [
  {
    rule: 'event sets the type',
    input: 'event: t\ndata: a\n\n',
    output: [message('a', { type: 't' })],
  },
  {
    rule: 'event may come after data',
    input: 'data: a\nevent: t\n\n',
    output: [message('a', { type: 't' })],
  },
  {
    rule: 'the last event of a block counts',
    input: 'event: s\nevent: t\ndata: a\n\n',
    output: [message('a', { type: 't' })],
  },
  {
    rule: 'an empty last event means the type message',
    input: 'event: s\nevent:\ndata: a\n\n',
    output: [message('a')],
  },
  {
    rule: 'event without a colon means the type message',
    input: 'event\ndata: a\n\n',
    output: [message('a')],
  },
  {
    rule: 'the type message may be said',
    input: 'event: message\ndata: a\n\n',
    output: [message('a')],
  },
  {
    rule: 'a type holds for one block',
    input: 'event: t\ndata: a\n\ndata: b\n\n',
    output: [message('a', { type: 't' }), message('b')],
  },
  {
    rule: 'a type may hold spaces, colons and any script',
    input: 'event:  a:b 通知 \ndata: a\n\n',
    output: [message('a', { type: ' a:b 通知 ' })],
  },
  {
    rule: 'a type may hold NUL',
    input: 'event: a\0b\ndata: a\n\n',
    output: [message('a', { type: 'a\0b' })],
  },
  {
    rule: 'a type may be a star',
    input: 'event: *\ndata: a\n\n',
    output: [message('a', { type: '*' })],
  },
]

const ids: ConformanceRow[] = [
  {
    rule: 'an id belongs to its message and is told before it',
    input: 'id: 1\ndata: a\n\n',
    output: messageWithId('1', 'a'),
  },
  {
    rule: 'an id may come after data',
    input: 'data: a\nid: 1\n\n',
    output: messageWithId('1', 'a'),
  },
  {
    rule: 'an id is inherited by the messages after it',
    input: 'id: 1\ndata: a\n\ndata: b\n\nevent: t\ndata: c\n\n',
    output: [
      ...messageWithId('1', 'a'),
      message('b', { lastEventId: '1' }),
      message('c', { type: 't', lastEventId: '1' }),
    ],
  },
  {
    rule: 'an id without data moves the last event id and dispatches nothing',
    input: 'id: 1\n\ndata: a\n\n',
    output: [movedTo('1'), message('a', { lastEventId: '1' })],
  },
  {
    rule: 'an id with a type but without data moves the last event id only',
    input: 'event: t\nid: 1\n\ndata: a\n\n',
    output: [movedTo('1'), message('a', { lastEventId: '1' })],
  },
  {
    rule: 'the last id of a block counts',
    input: 'id: 1\ndata: a\nid: 2\n\n',
    output: messageWithId('2', 'a'),
  },
  {
    rule: 'an empty id resets the last event id',
    input: 'id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n',
    output: [...messageWithId('1', 'a'), ...messageWithId('', 'b'), message('c')],
  },
  {
    rule: 'an id without a colon resets the last event id',
    input: 'id: 1\n\nid\n\ndata: a\n\n',
    output: [movedTo('1'), movedTo(''), message('a')],
  },
  {
    rule: 'an id with NUL is ignored',
    input: 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
    output: [...messageWithId('1', 'a'), message('b', { lastEventId: '1' })],
  },
  {
    rule: 'an id with NUL does not undo one of the same block',
    input: 'id: 1\nid: \0\ndata: a\n\n',
    output: messageWithId('1', 'a'),
  },
  {
    rule: 'the same id again is told again',
    input: 'id: 1\ndata: a\n\nid: 1\ndata: b\n\n',
    output: [...messageWithId('1', 'a'), ...messageWithId('1', 'b')],
  },
  {
    rule: 'an id may hold spaces, colons and any script',
    input: 'id:  a:b 你好 \ndata: a\n\n',
    output: messageWithId(' a:b 你好 ', 'a'),
  },
  {
    rule: 'the id of an unfinished block does not count',
    input: 'id: 1\ndata: a\n\nid: 2\ndata: b\n',
    output: messageWithId('1', 'a'),
  },
]

const reconnectionTimes: ConformanceRow[] = [
  {
    rule: 'retry is told at once, without a blank line',
    input: 'retry: 5000\n',
    output: [retry(5000)],
  },
  {
    rule: 'retry does not end or fill a block',
    input: 'data: a\nretry: 1\ndata: b\n\n',
    output: [retry(1), message('a\nb')],
  },
  {
    rule: 'retry may be zero and have zeros in front',
    input: 'retry: 0\nretry: 007\n',
    output: [retry(0), retry(7)],
  },
  {
    rule: 'retry is ignored when negative, signed or with a fraction',
    input: 'retry: -1\nretry: +1\nretry: 1.5\n',
    output: [],
  },
  {
    rule: 'retry is ignored in other notations',
    input: 'retry: 1e3\nretry: 0x10\nretry: 1_000\nretry: Infinity\n',
    output: [],
  },
  {
    rule: 'retry is ignored with spaces around or inside',
    input: 'retry:  5\nretry: 5 \nretry: 5 0\nretry:\t5\n',
    output: [],
  },
  { rule: 'retry is ignored with a unit', input: 'retry: 5s\nretry: 5000ms\n', output: [] },
  { rule: 'retry is ignored without a value', input: 'retry\nretry:\nretry: \n', output: [] },
  {
    rule: 'retry takes ASCII digits only',
    input: 'retry: ٣٤\nretry: １２\nretry: ²\n',
    output: [],
  },
  {
    rule: 'retry may be larger than numbers are',
    input: `retry: ${'9'.repeat(400)}\n`,
    output: [retry(Infinity)],
  },
  { rule: 'retry holds without a space', input: 'retry:250\r\n', output: [retry(250)] },
]

const comments: ConformanceRow[] = [
  {
    rule: 'a line that starts with a colon is a comment',
    input: ': hello\n',
    output: [comment('hello')],
  },
  { rule: 'a comment may be empty', input: ':\n', output: [comment('')] },
  {
    rule: 'a comment loses one space at most',
    input: ':a\n:  b\n: \n',
    output: [comment('a'), comment(' b'), comment('')],
  },
  { rule: 'a comment may hold colons', input: ':: a: b\n', output: [comment(': a: b')] },
  {
    rule: 'a comment that looks like a field is a comment',
    input: ':data: a\n\n',
    output: [comment('data: a')],
  },
  {
    rule: 'a block of comments dispatches nothing',
    input: ': a\n: b\n\n',
    output: [comment('a'), comment('b')],
  },
  {
    rule: 'a comment does not end a block',
    input: 'data: a\n:\ndata: b\n\n',
    output: [comment(''), message('a\nb')],
  },
  { rule: 'comments may hold any script', input: ': ♥ 你好\n', output: [comment('♥ 你好')] },
]

const endOfStream: ConformanceRow[] = [
  {
    rule: 'an event without its blank line is dropped',
    input: 'data: a\n\ndata: b\n',
    output: [message('a')],
  },
  { rule: 'an unfinished line is dropped', input: 'data: a\n\ndata: b', output: [message('a')] },
  { rule: 'an unfinished line drops its event', input: 'data: a\ndata: b', output: [] },
  { rule: 'an unfinished comment is dropped', input: ': a\n: b', output: [comment('a')] },
  { rule: 'an unfinished retry is dropped', input: 'retry: 1\nretry: 2', output: [retry(1)] },
  { rule: 'an unfinished id is dropped', input: 'id: 1\n\nid: 2', output: [movedTo('1')] },
]

const utf8: ConformanceRow[] = [
  {
    rule: 'characters of two, three and four bytes are read',
    input: 'data: é你😀\n\n',
    output: [message('é你😀')],
  },
  {
    rule: 'noncharacters and the last code point are read',
    input: 'data: \uFFFE\u{10FFFF}\n\n',
    output: [message('\uFFFE\u{10FFFF}')],
  },
  {
    rule: 'a sequence cut off after one of two bytes leaves the line end alone',
    input: bytes('data: a', 0xc3, '\n\n'),
    output: [message('a\uFFFD')],
  },
  {
    rule: 'a sequence cut off after two of three bytes leaves the line end alone',
    input: bytes('data: a', 0xe2, 0x82, '\r\n\r\n'),
    output: [message('a\uFFFD')],
  },
  {
    rule: 'a sequence cut off after three of four bytes leaves the line end alone',
    input: bytes('data: a', 0xf0, 0x9f, 0x98, '\r\r'),
    output: [message('a\uFFFD')],
  },
  {
    rule: 'a sequence cut off by a letter leaves the letter alone',
    input: bytes('data: ', 0xe2, 0x82, 'a\n\n'),
    output: [message('\uFFFDa')],
  },
  {
    rule: 'a sequence does not go on after a line end',
    input: bytes('data: ', 0xe2, '\n', 0x82, 0xac, 'data: b\n\n'),
    output: [message('\uFFFD')],
  },
  {
    rule: 'a lone continuation byte is one replacement character',
    input: bytes('data: a', 0x80, 'b\n\n'),
    output: [message('a\uFFFDb')],
  },
  {
    rule: 'an overlong slash is two replacement characters',
    input: bytes('data: ', 0xc0, 0xaf, '\n\n'),
    output: [message('\uFFFD\uFFFD')],
  },
  {
    rule: 'an overlong line end is no line end',
    input: bytes('data: a', 0xc0, 0x8a, 'b\n\n'),
    output: [message('a\uFFFD\uFFFDb')],
  },
  {
    rule: 'an encoded surrogate is three replacement characters',
    input: bytes('data: ', 0xed, 0xa0, 0x80, '\n\n'),
    output: [message('\uFFFD\uFFFD\uFFFD')],
  },
  {
    rule: 'a code point over the last is four replacement characters',
    input: bytes('data: ', 0xf4, 0x90, 0x80, 0x80, '\n\n'),
    output: [message('\uFFFD\uFFFD\uFFFD\uFFFD')],
  },
  {
    rule: 'bytes that never occur are replacement characters',
    input: bytes('data: ', 0xfe, 0xff, '\n\n'),
    output: [message('\uFFFD\uFFFD')],
  },
  {
    rule: 'invalid bytes in a name make it another name',
    input: bytes('dat', 0xff, 'a: x\ndata: a\n\n'),
    output: [message('a')],
  },
  {
    rule: 'invalid bytes in an id are replacement characters',
    input: bytes('id: ', 0xff, '\ndata: a\n\n'),
    output: messageWithId('\uFFFD', 'a'),
  },
]

/** The examples of the standard, 9.2.6. */
const examples: ConformanceRow[] = [
  {
    rule: 'the standard’s stock example is one message of three lines',
    input: 'data: YHOO\ndata: +2\ndata: 10\n\n',
    output: [message('YHOO\n+2\n10')],
  },
  {
    rule: 'the standard’s four blocks are a comment and three messages',
    input:
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
    output: [
      comment('test stream'),
      ...messageWithId('1', 'first event'),
      ...messageWithId('', 'second event'),
      message(' third event'),
    ],
  },
  {
    rule: 'the standard’s blocks of empty data are two messages and a dropped one',
    input: 'data\n\ndata\ndata\n\ndata:',
    output: [message(''), message('\n')],
  },
  {
    rule: 'the standard’s test for the optional space is two equal messages',
    input: 'data:test\n\ndata: test\n\n',
    output: [message('test'), message('test')],
  },
]

export const CONFORMANCE_TABLE: readonly ConformanceRow[] = [
  lineEnds,
  byteOrderMarks,
  spacesAndColons,
  fields,
  data,
  types,
  ids,
  reconnectionTimes,
  comments,
  endOfStream,
  utf8,
  examples,
].flat()
