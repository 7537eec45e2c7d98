// @vitest-environment node
/** Code that people copy compiles: every block of the README and every `@example`. */
import { describe, expect, it } from 'vitest'
import { checkExamples } from './check-examples.ts'
import { examplesOfMarkdown, examplesOfSource } from './examples.ts'
import { readSources, readText } from './source-files.ts'
import type { Example } from './examples.ts'

const readme = { path: 'README.md', text: readText('README.md') }
const example = (code: string): Example => ({ name: 'example', line: 0, code })

/** The compiler takes seconds of pure computing, more beside other work: nothing here waits for anything. */
const COMPILING = { timeout: 60_000 }

describe('README.md', COMPILING, () => {
  it('has code that compiles', () => {
    expect(checkExamples(examplesOfMarkdown(readme))).toEqual([])
  })
})

describe('what is guaranteed', () => {
  const section = /## What is guaranteed\n([\s\S]*?)\n## /.exec(readme.text)![1]!
  const sentences = section.split(/\n(?=- )/).slice(1)
  const links = Array.from(
    section.matchAll(/\]\((test\/[^ )]+) "([^"]*)"\)/g),
    ([, path, title]) => ({
      path: path!,
      title: title!,
    }),
  )

  it('names a test in each sentence', () => {
    expect(sentences.length).toBeGreaterThan(10)
    expect(sentences.filter((sentence) => !/\]\(test\//.test(sentence))).toEqual([])
  })

  it.each(links)('$path has the test "$title"', ({ path, title }) => {
    expect(readText(path)).toContain(title)
  })

  it('is every invariant of a connection, and no other', () => {
    const numbers = (text: string): Set<string> => new Set(text.match(/\bI\d+\b/g))
    const table = readText('src/client/connection/connection-table.ts')
    expect(numbers(section)).toEqual(numbers(table))
  })
})

describe('@example', COMPILING, () => {
  const examples = readSources('src').flatMap(examplesOfSource)

  it('is found in the doc comments', () => {
    const places = examples.map(({ name }) => name)
    expect(places).toContain('src/vue/use-event-stream.ts, @example 1')
    expect(places).toContain('src/vue/registered-events.ts, @example 1')
    expect(examples.filter(({ code }) => code.trim() === '')).toEqual([])
  })

  it('has code that compiles', () => {
    expect(checkExamples(examples)).toEqual([])
  })
})

describe('examplesOfMarkdown', () => {
  it('takes ts and the script of vue, and says where they are', () => {
    const text = [
      ...[
        '# Title',
        '```ts',
        'const a = 1',
        '```',
        '```sh',
        'npm test',
        '```',
        '```ts no-check',
        '…',
        '```',
      ],
      ...['- list', '  ```ts', '  const b = 2', '  ```'],
      ...[
        '```vue',
        '<script setup lang="ts">',
        'const c = 3',
        '</script>',
        '<template>{{ c }}</template>',
        '```',
      ],
    ].join('\n')
    expect(examplesOfMarkdown({ path: 'a.md', text })).toEqual([
      { name: 'a.md, block 1', line: 2, code: 'const a = 1\n' },
      { name: 'a.md, block 3', line: 12, code: 'const b = 2\n' },
      { name: 'a.md, block 4', line: 16, code: 'const c = 3' },
    ])
  })
})

describe('checkExamples', COMPILING, () => {
  it('says where and what is wrong', () => {
    const text =
      'Text\n\n```ts\nconst a: string = 1\n```\n\n```ts\nconst b: number = 1\nb.c()\n```\n'
    expect(checkExamples(examplesOfMarkdown({ path: 'a.md', text }))).toEqual([
      "a.md, block 1, line 4: Type 'number' is not assignable to type 'string'.\n    const a: string = 1",
      "a.md, block 2, line 9: Property 'c' does not exist on type 'number'.\n    b.c()",
    ])
  })

  it.each([
    ['an option that does not exist', "useEventStream('/a', { retires: 3 })", 'retires'],
    ['an export that does not exist', "import { useSSE } from 'vue-event-stream'", 'useSSE'],
    ['a name that nobody declared', 'undeclared()', 'undeclared'],
    [
      'a wrong payload',
      "useEventStream<{ a: { b: 1 } }>('/a', { on: { a: ({ c }) => c } })",
      "'c'",
    ],
    ['a package that is not there', "import a from 'not-there'", 'not-there'],
    ['a mistake of grammar', 'const = 1', 'expected'],
  ])('finds %s', (_, code, message) => {
    expect(checkExamples([example(code)]).join()).toContain(message)
  })

  it('lets pass what is right, with or without imports', () => {
    const codes = [
      "import { useEventStream } from 'vue-event-stream'\nconst { status } = useEventStream('/a')",
      "const { status } = useEventStream('/a')\nconst text: string = status.value",
      "import App from './App.vue'\nimport { other } from './other.ts'\napp.component('a', App)\nother()",
      "const message = encodeEvent({ data: 'a' })\nresponse.write(message)",
      "function show(error: EventStreamError): void { notice(error.code) }\nuseEventStream('/a', { onError: show })",
      "const options: UseEventStreamOptions = { flush: 'sync' }\nuseEventStream('/a', options)",
      'const status = 1\nconst app = await Promise.resolve(status)\nexport { app }',
    ]
    expect(checkExamples(codes.map(example))).toEqual([])
  })

  it('keeps what one example declares from the others', () => {
    const declaration =
      "declare module 'vue-event-stream' { interface EventStreamEvents { own: { a: number } } }\n" +
      "useEventStream('/a', { on: { own: ({ a }) => a.toFixed() } })"
    const other = "useEventStream('/a', { on: { other: () => {} } })"
    expect(checkExamples([declaration, other].map(example))).toEqual([])
    const wrong = `${declaration}\n${other}`
    expect(checkExamples([example(wrong)]).join()).toContain("'other' does not exist")
  })
})
