/** Names and shapes of a log's levels. */
import type { LogLevel } from '../../shared/contract.ts'

export const LEVEL_NAMES: Record<LogLevel, string> = {
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
}

export const LEVEL_ICONS = {
  error: 'cross',
  warn: 'warning',
  info: 'ring',
  debug: 'dash',
} as const
