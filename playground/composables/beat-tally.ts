/** Counts numbered beats: which is missing, which came twice. Numbers in a row are what a stream should bring. */
export interface BeatTally {
  /** The first and the last number; null before there is one. */
  readonly first: number | null
  readonly last: number | null
  readonly received: number
  readonly missed: number
  readonly twice: number
}

export const NO_BEATS: BeatTally = { first: null, last: null, received: 0, missed: 0, twice: 0 }

export function countBeat(tally: BeatTally, number: number): BeatTally {
  const { first, last, received, missed, twice } = tally
  if (first === null || last === null)
    return { ...NO_BEATS, first: number, last: number, received: 1 }
  const counted = { ...tally, received: received + 1 }
  if (number <= last) return { ...counted, twice: twice + 1 }
  return { ...counted, last: number, missed: missed + number - last - 1 }
}
