/** Numbers and times as people read them. */

const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const whole = new Intl.NumberFormat('en')

/** Epoch milliseconds as `14:05`. */
export function formatTime(time: number): string {
  return clock.format(time)
}

export function formatCount(count: number): string {
  return whole.format(count)
}

/** How long ago something was: `now`, `3 s ago`, `2 min ago`. */
export function formatAgo(time: number | null, now: number): string {
  if (time === null) return 'never'
  const seconds = Math.max(0, Math.round((now - time) / 1000))
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  return `${Math.floor(seconds / 3600)} h ago`
}

/** What is left until a time, in whole seconds: `3 s`. */
export function formatCountdown(time: number, now: number): string {
  return `${Math.max(0, Math.ceil((time - now) / 1000))} s`
}

/** Bytes in units of 1024, as the server counts its limits: `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`
  const units = ['KiB', 'MiB', 'GiB']
  let value = bytes / 1024
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value < 100 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`
}

/** A share from 0 to 100, rounded down: 100 is only shown when everything is there. */
export function toPercent(part: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((part / total) * 100)) : 0
}
