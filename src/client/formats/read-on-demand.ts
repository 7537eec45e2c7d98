/** Loaded when an answer is NDJSON and nobody has said so before. */
import { createNdjsonParser } from '../../protocol/parse-ndjson.ts'
import { readFormat } from './read-format.ts'
import type { ReadAnswer } from './stream-format.ts'

export const read: ReadAnswer = (response, attempt) =>
  readFormat(response, attempt, { createParser: createNdjsonParser })
