// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { reactive } from 'vue'
import { toRequestBody } from '../../src/vue/request-body.ts'

describe('toRequestBody', () => {
  class Question {
    readonly text = 'why'
  }

  it.each<[string, object, string]>([
    ['an object', { a: 1 }, '{"a":1}'],
    ['an array', [1, 'b'], '[1,"b"]'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['a reactive object', reactive({ a: [1] }), '{"a":[1]}'],
    ['a reactive array', reactive([1]), '[1]'],
    ['an object of a class', new Question(), '{"text":"why"}'],
    ['an object that says its own JSON', { toJSON: () => 'own' }, '"own"'],
  ])('makes JSON of %s', (_, given, body) => {
    expect(toRequestBody(given)).toEqual({ body, isJson: true })
  })

  it.each<[string, BodyInit | null | undefined]>([
    ['a text', '{"a":1}'],
    ['a form', new FormData()],
    ['a query', new URLSearchParams('a=1')],
    ['a blob', new Blob(['a'])],
    ['bytes', new Uint8Array(2)],
    ['a buffer', new ArrayBuffer(2)],
    ['a stream', new ReadableStream()],
    ['null', null],
    ['undefined', undefined],
  ])('leaves %s as it is', (_, given) => {
    const { body, isJson } = toRequestBody(given)
    expect(body).toBe(given)
    expect(isJson).toBe(false)
  })

  it('throws for what has no JSON', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(() => toRequestBody(circle)).toThrow(TypeError)
  })
})
