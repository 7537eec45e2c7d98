// @vitest-environment node
/** The numbers of leaders. */
import { describe, expect, it } from 'vitest'
import { isCredibleTerm, nextTerm } from '../../../src/client/tabs/term.ts'
import { createFakeEnvironment, START_MS } from '../../support/fake-environment.ts'

const DAY_MS = 86_400_000

describe('nextTerm', () => {
  it('is higher than the time, and than the highest so far', () => {
    const { environment } = createFakeEnvironment()
    expect(nextTerm(0, environment)).toBe(START_MS * 1000 + 501)
    expect(nextTerm(2e9, environment)).toBe(2e9 + 501)
  })

  it('does not go on from one that the clock was set back behind', () => {
    const { environment } = createFakeEnvironment()
    expect(nextTerm(9e14, environment)).toBe(START_MS * 1000 + 501)
  })

  it('is another one for another chance', () => {
    const fake = createFakeEnvironment()
    fake.chance = 0
    const lowest = nextTerm(0, fake.environment)
    fake.chance = 0.9999
    expect([lowest, nextTerm(0, fake.environment)]).toEqual([
      ...[START_MS * 1000 + 1, START_MS * 1000 + 1000],
    ])
  })
})

describe('isCredibleTerm', () => {
  it('holds for what is not more than a day ahead', () => {
    expect(isCredibleTerm((START_MS + DAY_MS) * 1000, START_MS)).toBe(true)
    expect(isCredibleTerm((START_MS + DAY_MS) * 1000 + 1, START_MS)).toBe(false)
    expect(isCredibleTerm(0, START_MS)).toBe(true)
  })
})
