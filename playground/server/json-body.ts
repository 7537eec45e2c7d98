/** Reads a JSON request body: bounded, and with an answer that names the field that is wrong. */
import { LIMITS } from '../shared/contract.ts'
import { RequestProblem } from './problem.ts'
import type { Context } from 'hono'
import type { AppEnv } from './app-env.ts'

export type JsonObject = Readonly<Record<string, unknown>>

const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i

export async function readJsonObject(context: Context<AppEnv>): Promise<JsonObject> {
  if (!JSON_TYPE.test(context.req.header('Content-Type') ?? '')) {
    throw new RequestProblem(
      415,
      'The body must be JSON',
      'Send it with Content-Type: application/json.',
    )
  }
  let value: unknown
  const bytes = await readBytes(context)
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new RequestProblem(400, 'The body is not valid JSON')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject
  }
  throw new RequestProblem(400, 'The body must be a JSON object')
}

/** A text of the body without the spaces around it; `min` 0 makes the field optional. */
export function textField(body: JsonObject, name: string, min: number, max: number): string {
  const value = Object.hasOwn(body, name) ? body[name] : min === 0 ? '' : undefined
  const text = typeof value === 'string' ? value.trim() : undefined
  if (text !== undefined && text.length >= min && text.length <= max) return text
  throw new RequestProblem(400, `"${name}" must be a text of ${min} to ${max} characters`)
}

async function readBytes({ env, req }: Context<AppEnv>): Promise<Buffer> {
  const tooLarge = new RequestProblem(
    413,
    'The body is too large',
    `${LIMITS.bodyBytes} bytes are the limit.`,
  )
  if (Number(req.header('Content-Length') ?? 0) > LIMITS.bodyBytes) throw tooLarge
  const chunks: Buffer[] = []
  let size = 0
  try {
    // The connection has to live on: it carries the answer.
    for await (const chunk of env.incoming.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > LIMITS.bodyBytes) throw tooLarge
      chunks.push(chunk)
    }
  } catch (error) {
    throw error === tooLarge ? error : new RequestProblem(400, 'The body broke off')
  }
  return Buffer.concat(chunks)
}
