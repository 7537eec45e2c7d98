/** How many requests a server got, at most, in 2 seconds. Runs in Node and in browsers. */

/** No server makes a client send more in a window, wherever the window starts. */
export const MAX_REQUESTS = 25
export const WINDOW_MS = 2000
/** The client counts a little longer: clocks and timers are rounded. */
export const SENDER_WINDOW_MS = 2010

/** The most of these that are within a window. */
export function mostWithin(requests: readonly { at: number }[]): number {
  const times = requests.map(({ at }) => at).sort((a, b) => a - b) // oxlint-disable-line unicorn/no-array-sort
  let most = 0
  let first = 0
  times.forEach((time, index) => {
    while (times[first]! <= time - WINDOW_MS) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}
