/** Messages that are signs of life. */

/** Types that servers send as a sign of life, beside comments. */
export function isHeartbeat(type: string): boolean {
  return type === 'heartbeat' || type === 'ping'
}
