/** What has come lately, numbered from 0: bounded, so that who reads it later may find that it does not reach back. */

const MAX_ITEMS = 1000
/** Of all texts together. */
const MAX_CHARS = 2 ** 20

export interface MessageLog<Item> {
  /** The number of the oldest item that is there. */
  first(): number
  /** The number that the next one gets. */
  end(): number
  /** Whether the next one takes the place of another. */
  isFull(): boolean
  at(number: number): Item
  /**
   * @param chars How long its texts are.
   * @param keptFrom From this number on nothing is given up, whatever the bounds say.
   */
  add(item: Item, chars: number, keptFrom?: number): void
}

/** @param onGiveUp Called with each item that makes room for a newer one. */
export function createMessageLog<Item>(onGiveUp?: (item: Item) => void): MessageLog<Item> {
  const entries: { item: Item; chars: number }[] = []
  /** How many of the entries are given up. (Taking them out one by one is quadratic.) */
  let gone = 0
  /** The number of the first entry, given up or not. */
  let base = 0
  let size = 0

  const first = (): number => base + gone
  const end = (): number => base + entries.length
  const isFull = (): boolean => entries.length - gone >= MAX_ITEMS || size >= MAX_CHARS

  function giveUpOldest(): void {
    const { item, chars } = entries[gone]!
    size -= chars
    entries[gone++] = undefined!
    onGiveUp?.(item)
    if (gone < MAX_ITEMS) return
    entries.splice(0, gone)
    base += gone
    gone = 0
  }

  return {
    first,
    end,
    isFull,
    at: (number) => entries[number - base]!.item,
    add(item, chars, keptFrom = Infinity) {
      entries.push({ item, chars })
      size += chars
      // The newest one stays, however long it is.
      const newest = base + entries.length - 1
      while (
        (entries.length - gone > MAX_ITEMS || size > MAX_CHARS) &&
        first() < Math.min(keptFrom, newest)
      )
        giveUpOldest()
    },
  }
}
