/** The value that this share of the values does not exceed, by nearest rank: always one of them. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  // oxlint-disable-next-line unicorn/no-array-sort -- of a copy
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}
