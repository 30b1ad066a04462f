import type { HostSpec } from '../../core/definition/inventory.js';
import type { Verb } from '../../core/run/engine.js';
import type { Target } from '../../core/target.js';
import { silentLog } from '../../activities/log/silent.js';
import { createHostTarget } from '../../activities/targets/host.js';
import { createLocalShell } from '../../activities/targets/local.js';
import { createOperations } from '../../activities/targets/operation.js';
import { createRunner } from '../../activities/targets/runner.js';
import { changeScript, scriptArgv } from '../../activities/targets/scripts.js';

const operations = createOperations();

function specOf(name: string): HostSpec {
  return {
    kind: 'host',
    name,
    address: null,
    port: 22,
    user: 'root',
    key: null,
    knownHosts: null,
    via: null,
    path: [],
    cluster: null,
    taskQueue: null,
    groups: [],
    vars: {},
    machine: null,
  };
}

/**
 * A host as the product reaches it: each command under the product's own wrapper, each verb an
 * operation of its own. `enter` is put before every program, so that the wrapper too runs inside.
 */
export function productTarget(
  name: string,
  enter: readonly [string, ...string[]],
): (verb: Verb) => Target {
  const shell = createLocalShell({ namespace: null });
  return (verb) => {
    const operation = {
      run: 'laws',
      step: 'law',
      verb,
      attempt: 1,
      signal: new AbortController().signal,
      log: silentLog(),
    };
    const runner = createRunner({
      target: name,
      path: [],
      enter: [],
      operation,
      state: operations.state(operation),
      scope: 'test',
      shell: () => ({
        root: shell.root,
        start: (argv, options) => shell.start([...enter, ...argv], options),
        change: (args, options) =>
          shell.start([...enter, ...scriptArgv(changeScript, args)], options),
      }),
    });
    return createHostTarget(specOf(name), runner);
  };
}
