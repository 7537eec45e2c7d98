/** How the categories are called and drawn. */
import type { NewsCategory } from '../../shared/contract.ts'

export const CATEGORY_NAMES: Record<NewsCategory, string> = {
  breaking: 'Breaking',
  sports: 'Sports',
  weather: 'Weather',
}

export const CATEGORY_ICONS = {
  breaking: 'bolt',
  sports: 'ball',
  weather: 'cloud',
} as const satisfies Record<NewsCategory, string>
