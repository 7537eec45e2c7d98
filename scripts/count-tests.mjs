// Prints how many tests passed and failed in the last `npm test`, as CI's last line.
import { readFileSync } from 'node:fs'

const RESULTS = new URL('../node_modules/.cache/test-results.json', import.meta.url)

try {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(RESULTS, 'utf8'))
  console.log(`${numPassedTests} passed, ${numFailedTests} failed`)
  process.exitCode = numFailedTests > 0 ? 1 : 0
} catch (error) {
  console.error(`There are no test results: ${error.message}`)
  console.log('0 passed, 0 failed')
  process.exitCode = 1
}
