/** The longest that one try may take, ms: then it counts as failed and another follows. */
export const limitMs = 10_000;

/** How a try is ended from outside, and by its time. */
export interface Limit {
  /** Of the activity: the worker stops, or somebody cancels. */
  readonly signal: AbortSignal;
  readonly ms: number;
}
