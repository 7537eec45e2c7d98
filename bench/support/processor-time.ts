/** Milliseconds that this process has had of the processors, in all threads: what other processes do has no part in it. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
