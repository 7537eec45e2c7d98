// @vitest-environment node
/** The README shows the recipes as the tests here run them. */
import { describe, expect, it } from 'vitest'
import { listFiles, readText } from '../package/source-files.ts'

const FOLDER = 'test/recipes'
const HEADER = /^(?:\/\*\*|\/\/|#) Recipe of the README: .*\n/
const BLOCK = /^```(?:ts|py|go|java|php)\b[^\n]*\n(.*?)^```/gms
const SECTIONS =
  /^## (?:Servers|Servers with their own ways|Coming from something else)\n(.*?)(?=^## )/gms

/** What nothing here can run. The README says so. */
const NOT_RUN = ['laravel/news.php', 'spring-webflux/NewsController.java']

const paths = listFiles([FOLDER], /\.(?:ts|py|go|java|php)$/).map((path) =>
  path.replace(`${FOLDER}/`, ''),
)
const recipes = paths
  .map((name) => ({ name, text: readText(`${FOLDER}/${name}`) }))
  .filter(({ text }) => HEADER.test(text))
  .map(({ name, text }) => ({ name, code: text.replace(HEADER, '') }))

const shown = Array.from(readText('README.md').matchAll(SECTIONS), ([, section]) => section!)
const blocks = shown.flatMap((section) => Array.from(section.matchAll(BLOCK), ([, code]) => code!))

describe('the recipes', () => {
  it('are found, each with a test', () => {
    expect(recipes.length).toBeGreaterThan(14)
    // `gin/news.go` is run by `gin.server.test.ts`.
    const isTested = (name: string): boolean =>
      paths.includes(name.replace(/(?:\/.*|\.ts)$/, '.server.test.ts'))
    const untested = recipes.map(({ name }) => name).filter((name) => !isTested(name))
    expect(new Set(untested)).toEqual(new Set(['news.ts', 'spring-webflux/NewsController.java']))
  })

  // Until the README has them.
  it.skipIf(shown.length === 0).each(recipes)('stand in the README: $name', ({ code }) => {
    expect(blocks).toContain(code)
  })

  it('are all the code that these sections have', () => {
    const codes = recipes.map(({ code }) => code)
    expect(blocks.filter((block) => !codes.includes(block))).toEqual([])
  })

  it.each(NOT_RUN)('says that %s is not run', (name) => {
    const { code } = recipes.find((recipe) => recipe.name === name)!
    const section = shown
      .join('')
      .split(/^### /m)
      .find((text) => text.includes(code))!
    expect(section).toMatch(/not run by (?:a|our) tests?/)
  })
})
