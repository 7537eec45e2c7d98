/** A schema that answers when the test says so. */
import { settle } from './settle.ts'
import type { StandardSchemaResult, StandardSchemaV1 } from '../../src/protocol/standard-schema.ts'

export interface SlowSchema extends StandardSchemaV1<unknown, any> {
  /** What it was asked to check, in order. */
  readonly asked: unknown[]
  /** Answers the oldest question that has no answer, and waits for what follows from it. */
  answer(result: StandardSchemaResult<unknown>): Promise<void>
}

export function createSlowSchema(): SlowSchema {
  const asked: unknown[] = []
  const answers: ((result: StandardSchemaResult<any>) => void)[] = []
  return {
    asked,
    answer(result) {
      const answer = answers.shift()
      if (!answer) throw new Error('Nothing is asked')
      answer(result)
      return settle()
    },
    '~standard': {
      version: 1,
      vendor: 'test',
      validate(value) {
        asked.push(value)
        return new Promise((resolve) => answers.push(resolve))
      },
    },
  }
}
