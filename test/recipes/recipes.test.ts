// @vitest-environment node
/** The README shows the recipes as the tests here run them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, readText } from '../package/source-files.ts'

const FOLDER = join(ROOT, 'test/recipes')
const HEADER = /^\/\*\* Recipe of the README: .*\*\/\n/
const BLOCK = /^```ts[^\n]*\n(.*?)^```/gms
const SECTIONS = /^## (?:Servers with their own ways|Coming from something else)\n(.*?)(?=^## )/gms

const recipes = readdirSync(FOLDER)
  .map((name) => ({ name, text: name.endsWith('.ts') ? readText(`test/recipes/${name}`) : '' }))
  .filter(({ text }) => HEADER.test(text))
  .map(({ name, text }) => ({ name, code: text.replace(HEADER, '') }))

const shown = Array.from(readText('README.md').matchAll(SECTIONS), ([, section]) => section!)
const blocks = shown.flatMap((section) => Array.from(section.matchAll(BLOCK), ([, code]) => code!))

describe('the recipes', () => {
  it('are found, each with a test', () => {
    expect(recipes.length).toBeGreaterThan(8)
    const tests = readdirSync(FOLDER).join()
    const untested = recipes.filter(({ name }) => !tests.includes(name.replace('.ts', '.server.')))
    expect(untested.map(({ name }) => name)).toEqual(['news.ts'])
  })

  // Until the README has them.
  it.skipIf(shown.length === 0).each(recipes)('stand in the README: $name', ({ code }) => {
    expect(blocks).toContain(code)
  })

  it('are all the code that these sections have', () => {
    const codes = recipes.map(({ code }) => code)
    expect(blocks.filter((block) => !codes.includes(block))).toEqual([])
  })
})
