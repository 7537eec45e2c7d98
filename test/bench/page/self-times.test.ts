import { describe, expect, it } from 'vitest'
import { sumSelfTimes } from '../../../bench/page/self-times.ts'

const frame = (functionName: string, url = '', lineNumber = -1) => ({
  callFrame: { functionName, url, lineNumber },
})

describe('self times', () => {
  it('are sums of the samples of a function, wherever it was called, without what was idle', () => {
    const profile = {
      nodes: [
        { id: 1, ...frame('(idle)') },
        { id: 2, ...frame('feed', 'http://page/assets/page.js', 9) },
        { id: 3, ...frame('feed', 'http://page/assets/page.js', 9) },
        { id: 4, ...frame('', 'http://page/page.js', 0) },
      ],
      samples: [1, 2, 3, 4, 2],
      timeDeltas: [5000, 100, 200, 500, 200],
    }
    expect(sumSelfTimes(profile)).toEqual([
      { name: 'feed page.js:10', ms: 0.5, share: 0.5 },
      { name: '(anonymous) page.js:1', ms: 0.5, share: 0.5 },
    ])
  })
})
