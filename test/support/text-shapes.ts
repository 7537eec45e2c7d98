/** Answers of language models as their servers write them, by hand from their public documentation. */
import { ndjson } from '../../src/client/formats/ndjson.ts'
import { createSeededRandom } from './seeded-random.ts'
import type { UseTextStreamOptions } from '../../src/vue/use-text-stream.ts'

/** What is written at once, and the text that it brings. */
export interface Frame {
  readonly bytes: string
  readonly text: string
  /** Says that the text is complete. */
  readonly isLast: boolean
}

export interface TextShape {
  readonly name: string
  readonly headers: Record<string, string>
  /** All of an answer. */
  frames(pieces: readonly string[]): Frame[]
  /** Options for one text stream, which remember nothing of another one. */
  createOptions(): UseTextStreamOptions
}

const EVENT_STREAM = { 'Content-Type': 'text/event-stream; charset=utf-8' }

const WORDS = [
  ...['The', ' quick', ' brown', ' fox', ',', ' naïve', ' Straße', ' über', '\n\n', '  ', '.'],
  ...[
    ' "quoted"',
    ' back\\slash',
    ' data:',
    ' [DONE',
    ']',
    '</str',
    '{"a":',
    ' null',
    '\t',
    '\r\n',
  ],
  ...['日本語', 'の文', '中文', '한국어', ' مرحبا', ' שלום', '𝔘𝔫𝔦', 'é'],
  ...['😀', '👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '\ud83d', '\ude80', ' ', '\u2028', '﻿'],
]

/** Tokens as models make them: any language, line ends, what looks like syntax, and characters cut in two. */
export function createPieces(count: number, seed: number): string[] {
  const random = createSeededRandom(seed)
  return Array.from({ length: count }, () => random.pick(WORDS))
}

const frame = (bytes: string, text = '', isLast = false): Frame => ({ bytes, text, isLast })
const data = (value: unknown, text?: string): Frame =>
  frame(`data: ${JSON.stringify(value)}\n\n`, text)
const event = (value: { type: string }, text?: string, isLast?: boolean): Frame =>
  frame(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`, text, isLast)
const DONE = frame('data: [DONE]\n\n', '', true)

/** @see https://platform.openai.com/docs/api-reference/chat-streaming */
const chatCompletions: TextShape = {
  name: 'OpenAI chat completions',
  headers: EVENT_STREAM,
  frames(pieces) {
    const chunk = (choices: unknown[], more = {}): object => ({
      ...{ id: 'chatcmpl-123', object: 'chat.completion.chunk', created: 1694268190 },
      ...{ model: 'gpt-4o-mini', system_fingerprint: 'fp_44709d6fcb', choices, ...more },
    })
    const choice = (delta: object, finish_reason: string | null = null): object[] => [
      { index: 0, delta, logprobs: null, finish_reason },
    ]
    return [
      data(chunk(choice({ role: 'assistant', content: '', refusal: null }))),
      ...pieces.map((content) => data(chunk(choice({ content })), content)),
      data(chunk(choice({}, 'stop'))),
      data(chunk([], { usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } })),
      DONE,
    ]
  },
  createOptions: () => ({
    pick: ({ data: chunk }) => chunk.choices?.[0]?.delta.content,
    until: '[DONE]',
  }),
}

/** @see https://platform.openai.com/docs/api-reference/responses-streaming */
const responses: TextShape = {
  name: 'OpenAI responses',
  headers: EVENT_STREAM,
  frames(pieces) {
    let count = 0
    const at = (type: string, more: object): { type: string } => ({
      ...{ type, sequence_number: count++ },
      ...more,
    })
    const where = { item_id: 'msg_1', output_index: 0, content_index: 0 }
    const response = { id: 'resp_1', object: 'response', status: 'in_progress', output: [] }
    const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] }
    const part = { type: 'output_text', text: '', annotations: [] }
    const text = pieces.join('')
    return [
      event(at('response.created', { response })),
      event(at('response.in_progress', { response })),
      event(at('response.output_item.added', { output_index: 0, item })),
      event(at('response.content_part.added', { ...where, part })),
      ...pieces.map((delta) =>
        event(at('response.output_text.delta', { ...where, delta, logprobs: [] }), delta),
      ),
      event(at('response.output_text.done', { ...where, text })),
      event(at('response.content_part.done', { ...where, part: { ...part, text } })),
      event(at('response.output_item.done', { output_index: 0, item })),
      event(at('response.completed', { response: { ...response, status: 'completed' } }), '', true),
    ]
  },
  createOptions() {
    let id = ''
    return {
      on: {
        'response.created': ({ response }) => void (id = response.id),
      },
      pick: ({ type, data: { delta } }) =>
        type === 'response.output_text.delta' ? delta : undefined,
      until: ({ type }) => /^response\.(completed|incomplete)$/.test(type),
      getEventId: ({ data: { sequence_number } }) => String(sequence_number),
      resume: {
        request: ({ lastEventId, lastMessage }) =>
          lastMessage
            ? { url: `/responses/${id}?stream=true&starting_after=${lastEventId}` }
            : undefined,
      },
    }
  },
}

/** @see https://docs.anthropic.com/en/docs/build-with-claude/streaming */
const anthropic: TextShape = {
  name: 'Anthropic messages',
  headers: EVENT_STREAM,
  frames(pieces) {
    const usage = { input_tokens: 25, output_tokens: 1 }
    const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage }
    const deltas = pieces.map((text) =>
      event(
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as never,
        text,
      ),
    )
    const ping = event({ type: 'ping' })
    const of = (type: string, more: object = {}): Frame => event({ type, ...more })
    return [
      of('message_start', { message }),
      of('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ping,
      ...deltas.flatMap((delta, index) => (index % 7 === 6 ? [delta, ping] : [delta])),
      of('content_block_stop', { index: 0 }),
      of('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } }),
      event({ type: 'message_stop' }, '', true),
    ]
  },
  createOptions: () => ({
    pick: ({ data: { delta } }) => delta?.text,
    until: ({ type }) => type === 'message_stop',
  }),
}

/** @see https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol */
const aiSdk: TextShape = {
  name: 'AI SDK UI message stream',
  headers: { ...EVENT_STREAM, 'x-vercel-ai-ui-message-stream': 'v1' },
  frames: (pieces) => [
    data({ type: 'start', messageId: 'msg_1' }),
    data({ type: 'start-step' }),
    data({ type: 'text-start', id: 'text_1' }),
    ...pieces.map((delta) => data({ type: 'text-delta', id: 'text_1', delta }, delta)),
    data({ type: 'text-end', id: 'text_1' }),
    data({ type: 'finish-step' }),
    data({ type: 'finish' }),
    DONE,
  ],
  createOptions: () => ({
    pick: ({ data: { type, delta } }) => (type === 'text-delta' ? delta : undefined),
    until: '[DONE]',
  }),
}

/** @see https://github.com/ollama/ollama/blob/main/docs/api.md */
const ollama: TextShape = {
  name: 'Ollama',
  headers: { 'Content-Type': 'application/x-ndjson' },
  frames(pieces) {
    const line = (content: string, more: object): string =>
      `${JSON.stringify({
        ...{ model: 'llama3.2', created_at: '2023-08-04T08:52:19.385406455-07:00' },
        ...{ message: { role: 'assistant', content }, ...more },
      })}\n`
    return [
      ...pieces.map((content) => frame(line(content, { done: false }), content)),
      frame(line('', { done_reason: 'stop', done: true, total_duration: 4883583458 }), '', true),
    ]
  },
  createOptions: () => ({
    format: ndjson(),
    pick: ({ data: { message } }) => message?.content,
    until: ({ data: { done } }) => done,
  }),
}

/** Texts as they are: a line end would end the field. @see https://laravel.com/docs/12.x/responses#event-streams */
const laravel: TextShape = {
  name: 'Laravel eventStream()',
  headers: { ...EVENT_STREAM, 'X-Accel-Buffering': 'no' },
  frames(pieces) {
    const update = (text: string): string => `event: update\ndata: ${text}\n\n`
    const texts = pieces.map((piece) => piece.replace(/[\r\n]|\p{Cs}/gu, ''))
    return [...texts.map((text) => frame(update(text), text)), frame(update('</stream>'), '', true)]
  },
  createOptions: () => ({ until: '</stream>' }),
}

export const TEXT_SHAPES: readonly TextShape[] = [
  ...[chatCompletions, responses, anthropic, aiSdk, ollama, laravel],
]
