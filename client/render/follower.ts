import type { Sight } from '../view/live.js';
import type { Tail } from '../view/run.js';

/** Why a follower is told to stop. */
export type Farewell =
  /** The run has ended. */
  | 'ended'
  /** The run waits for a person, and there is no terminal to wait at. */
  | 'waiting'
  /** Nobody is at the run any more, and it is not at its end: it was stopped, and can go on. */
  | 'kept'
  /** The reader has left the view; the run goes on. */
  | 'left'
  /** Nothing could be seen any more for too long. */
  | 'lost';

/** Shows a run while it goes on: on a terminal, as lines, or as JSON. All three are given the same. */
export interface Follower {
  show(sight: Sight, tail: Tail | null): void;
  finish(sight: Sight, why: Farewell): void;
}
