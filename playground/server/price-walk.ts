/** Prices that wander: a dozen invented symbols, each some steps up or down. */
import { SYMBOLS } from '../shared/contract.ts'
import type { FirehoseEvents } from '../shared/contract.ts'

/** Each walk begins where all do: who connects anew sees no leap. */
const FIRST_PRICES = [41.5, 128, 76.2, 310.9, 19.75, 254.4, 93.1, 402, 57.3, 187.6, 33.8, 221]
const STEP = 0.0006
const LOWEST = 5
const HIGHEST = 900

export interface PriceWalk {
  /** The next price, numbered from 1. */
  next(time: number): FirehoseEvents['price']
  /** So many numbers are given to nobody. */
  skip(count: number): void
}

export function createPriceWalk(random: () => number = Math.random): PriceWalk {
  const prices: number[] = SYMBOLS.map((_, index) => FIRST_PRICES[index % FIRST_PRICES.length]!)
  let number = 0
  return {
    next(time) {
      const symbol = Math.floor(random() * SYMBOLS.length)
      const moved = prices[symbol]! * (1 + (random() * 2 - 1) * STEP)
      const price = Math.min(HIGHEST, Math.max(LOWEST, moved))
      prices[symbol] = price
      return { number: ++number, symbol, price: Math.round(price * 100) / 100, time }
    },
    skip(count) {
      number += count
    },
  }
}
