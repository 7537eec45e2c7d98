/** One thing that grows, and how its cost is measured. */

/** One size, and how much work a sample of it is: enough to be measured, whatever the size. */
export interface Trial {
  readonly size: number
  /** What the cost is divided by: events, unless the line counts something else. */
  readonly count: number
  /** Events before them that are not counted: the code of a new stream is slow at first. (Measured: 5,000 events.) */
  readonly warmUp: number
}

/** What one trial has cost. */
export interface GrowthSample {
  /** Of the processor, in microseconds, for all that was counted. */
  readonly cost: number
  readonly count: number
}

export interface GrowthLine {
  readonly name: string
  readonly title: string
  /** What was done, and what of it counts. */
  readonly note: string
  /** The heading of the sizes. */
  readonly sizes: string
  /** What is counted. @default 'event' */
  readonly counts?: string
  /**
   * `count`: ten times the size is ten times as many of what is counted, so that each should cost the same. `work`: it is
   * up to ten times the work with each of them.
   */
  readonly grows: 'count' | 'work'
  /** What one of the size is, where the cost for each of them says something. */
  readonly unit?: string
  readonly trials: readonly Trial[]
  /** The same in little, for a smoke test. */
  readonly quick: readonly Trial[]
  /** Throws when something was not delivered exactly once and in order. */
  measure(trial: Trial): Promise<GrowthSample>
  /** Around all trials. */
  open?(trials: readonly Trial[]): Promise<void>
  close?(): Promise<void>
}
