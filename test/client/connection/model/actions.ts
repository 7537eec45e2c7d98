/** What the app may do, and where, for fast-check to pick. */
import fc from 'fast-check'
import { FULL } from './app-verbs.ts'
import type { Action } from './app-verbs.ts'
import type { SourceName } from './state.ts'
import type { Place } from './stream-model.ts'

export const places: fc.Arbitrary<Place> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Place>('onMessage', 'once', 'on') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Place>(
      ...(['onOpen', 'onStatus', 'onError', 'onGap', 'onClose', 'onActivity'] as const),
    ),
  },
)
export const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Action>({ do: 'open' }, { do: 'resume' }) },
  { weight: 5, arbitrary: fc.constantFrom<Action>({ do: 'reconnect' }, { do: 'pause' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'close' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom<'fill' | 'take'>('fill', 'take'),
      who: fc.nat(FULL.length - 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('setEnabled' as const), to: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('setUrl' as const),
      to: fc.constantFrom<SourceName | null>('a', 'b', 'a', 'b', null),
    }),
  },
)
