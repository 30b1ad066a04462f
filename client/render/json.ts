import type { RunRecord } from '../../core/record.js';
import { changes } from '../view/changes.js';
import { choices } from '../view/menu.js';
import type { Follower } from './follower.js';
import type { Output } from './output.js';
import type { RunEventJson } from '../schemas.js';

/** Tells a run as NDJSON: one event per line. */
export function jsonFollower(output: Output): Follower {
  let before: RunRecord | null = null;
  let trouble: string | null = null;
  const tell = (event: RunEventJson): void => output.json(event, 'line');
  return {
    show({ record, trouble: now }) {
      const { run } = record;
      for (const change of changes(before, record)) {
        switch (change.type) {
          case 'state':
            tell({ type: 'state', run, state: change.state });
            break;
          case 'step':
            tell({ type: 'step', run, step: change.step });
            break;
          case 'drift':
            tell({ type: 'drift', run, path: change.step.path, drift: change.step.drift ?? '' });
            break;
          case 'decision':
            tell({ type: 'decision', run, decision: change.decision });
            break;
          case 'waiting': {
            const { waiting } = change;
            tell({ type: 'waiting', run, waiting, choices: choices(record, waiting) });
            break;
          }
          case 'ended':
            tell({ type: 'ended', run, record });
            break;
          default: {
            const never: never = change;
            return never;
          }
        }
      }
      if (now !== trouble && now !== null) tell({ type: 'trouble', run, message: now });
      trouble = now;
      before = record;
      return undefined;
    },
    finish(sight) {
      this.show(sight, null);
    },
  };
}
