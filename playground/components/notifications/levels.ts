/** How the levels are called and drawn: never by colour alone. */
import type { NotificationLevel } from '../../shared/contract.ts'

export const LEVEL_NAMES: Record<NotificationLevel, string> = {
  info: 'Info',
  success: 'Success',
  warning: 'Warning',
  error: 'Error',
}

export const LEVEL_ICONS = {
  info: 'info',
  success: 'check',
  warning: 'warning',
  error: 'cross',
} as const satisfies Record<NotificationLevel, string>

export const LEVEL_COLORS: Record<NotificationLevel, string> = {
  info: 'bg-weather-tint text-weather',
  success: 'bg-good-tint text-good-ink',
  warning: 'bg-warn-tint text-warn-ink',
  error: 'bg-bad-tint text-bad-ink',
}
