/** Thousands of events a second: a queue with a bound, prices folded into one state, and measured how it goes. */
import { useIntervalFn, usePreferredReducedMotion } from '@vueuse/core'
import { computed, shallowRef, watch } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { SYMBOLS } from '../shared/contract.ts'
import { createLatencyMeter } from './latency-meter.ts'
import { compareClocks, now } from './server-clock.ts'
import { useFrameRate } from './use-frame-rate.ts'
import type { FirehoseEvents } from '../shared/contract.ts'
import type { Latency } from './latency-meter.ts'

/** What a price is now, and what it was first. */
export interface Quote {
  readonly price: number
  readonly first: number
}

/** How it went for a moment. */
export interface Sample extends Latency {
  /** Events that came, per second. */
  readonly rate: number
  /** Frames per second; null where nobody knows. */
  readonly frames: number | null
  readonly longestFrameMs: number | null
}

const CAPACITY = 500
const SAMPLE_MS = 250
/** A picture that moves all the time is not for everybody. */
const CALM_SAMPLE_MS = 1000
const MINUTE_MS = 60_000

const NO_QUOTES: readonly (Quote | null)[] = SYMBOLS.map(() => null)
const NO_PACE: FirehoseEvents['pace'] & { lost: number } = { rate: 0, sent: 0, skipped: 0, lost: 0 }

export function useFirehose(firstRate: number) {
  const rate = shallowRef(firstRate)
  /** Of this connection. */
  let received = 0
  let offset = 0
  const uncertainty = shallowRef<number | null>(null)
  const latency = createLatencyMeter()

  const stream = useEventStream<FirehoseEvents>(() => `/firehose/stream?rate=${rate.value}`, {
    // Nobody looks at it then, and it costs.
    whenHidden: 'disconnect',
    on: {
      price({ time }) {
        received++
        latency.add(now() + offset - time)
      },
    },
    onOpen: start,
  })

  const queue = useMessageQueue(stream, 'price', { capacity: CAPACITY })

  /** A thousand events of a frame are one update of the page. */
  const quotes = useEventStreamState(stream, NO_QUOTES, {
    price(all, { symbol, price }) {
      const next = [...all]
      next[symbol] = { price, first: all[symbol]?.first ?? price }
      return next
    },
  })
  /** The server says what it has sent before this event: what of it is not here is lost. */
  const pace = useEventStreamState(stream, NO_PACE, {
    pace: (_, told) => ({ ...told, lost: told.sent - received }),
  })

  const samples = shallowRef<readonly Sample[]>([])
  const readFrames = useFrameRate()
  const motion = usePreferredReducedMotion()
  const sampleMs = computed(() => (motion.value === 'reduce' ? CALM_SAMPLE_MS : SAMPLE_MS))
  let last = { received: 0, at: 0 }

  async function start(): Promise<void> {
    received = 0
    last = { received: 0, at: 0 }
    latency.read()
    const found = await compareClocks('/api/firehose/clock').catch(() => null)
    if (!found) return
    offset = found.offset
    uncertainty.value = found.uncertainty
    // What was measured by the old difference says nothing.
    latency.read()
  }

  function takeSample(): void {
    const at = performance.now()
    const { received: before, at: since } = last
    last = { received, at }
    if (since === 0 || stream.status.value !== 'open') return
    const frames = readFrames()
    const sample = {
      rate: ((received - before) * 1000) / (at - since),
      frames: frames?.perSecond ?? null,
      longestFrameMs: frames?.longestMs ?? null,
      ...latency.read(),
    }
    samples.value = [...samples.value, sample].slice(-MINUTE_MS / sampleMs.value)
  }
  useIntervalFn(takeSample, sampleMs)
  watch([rate, sampleMs], () => (samples.value = []))

  return {
    ...{ rate, stream, quotes, pace, samples, uncertainty },
    // New only with a new sample: what is made in the template is new in every frame, and so is all that shows it.
    rates: computed(() => samples.value.map((sample) => sample.rate)),
    frames: computed(() => samples.value.map((sample) => sample.frames)),
    size: queue.size,
    dropped: queue.dropped,
    capacity: CAPACITY,
    /** How many samples a minute has. */
    width: computed(() => MINUTE_MS / sampleMs.value),
  }
}

export type Firehose = ReturnType<typeof useFirehose>
