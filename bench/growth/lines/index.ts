/** All lines, in the order of the report. */
import { components } from './components.ts'
import { folds, queues } from './consumers.ts'
import { eventTypes, handlersOfOneType } from './handlers.ts'
import { history } from './history.ts'
import { messageSize } from './message-size.ts'
import { queueCapacity } from './queue-capacity.ts'
import { rate } from './rate.ts'
import { reconnects } from './reconnects.ts'
import { createTabsLine } from './tabs.ts'
import { unsharedStreams } from './unshared-streams.ts'
import type { GrowthLine } from '../growth-line.ts'

export const lines: readonly GrowthLine[] = [
  rate,
  messageSize,
  ...queueCapacity,
  eventTypes,
  handlersOfOneType,
  queues,
  folds,
  components,
  unsharedStreams,
  ...history,
  reconnects,
  createTabsLine(),
]
