/** NDJSON for parser tests: notes down what the parser makes of a stream in chunks. */
import { createNdjsonParser } from '../../src/protocol/parse-ndjson.ts'
import { createRecordingParser, parseChunks } from './event-stream-bytes.ts'
import type { NdjsonParserOptions } from '../../src/protocol/types.ts'
import type { ParserEvent, RecordingParser } from './event-stream-bytes.ts'

/** A parser that notes down every callback. `onEvent` hears each one while the parser is still inside it. */
export function createRecordingNdjsonParser(
  options?: NdjsonParserOptions,
  onEvent?: (event: ParserEvent) => void,
): RecordingParser {
  return createRecordingParser(options, onEvent, createNdjsonParser)
}

/** Parses a stream that comes in these chunks, and then ends. Each chunk is overwritten as soon as it is fed. */
export function parseNdjson(
  chunks: Iterable<Uint8Array>,
  options?: NdjsonParserOptions,
): ParserEvent[] {
  return parseChunks(chunks, options, createNdjsonParser)
}
