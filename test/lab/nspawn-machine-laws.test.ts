import type { JsonObject } from '../../core/json.js';
import { nspawnMachine } from '../../plugins/nspawn/machine.js';
import { laws, type LawCase } from '../laws.js';
import { needs } from '../needs.js';
import { localTarget } from '../targets/local.js';
import { machineNeeds, settled, startNspawnWorld, type NspawnWorld } from './nspawn-world.js';

/** The action with the patience that the engine has: it asks again until `settle` is over. */
const patient = {
  ...nspawnMachine,
  verify: ((ctx, input, before) =>
    settled(
      async () => (await nspawnMachine.verify?.(ctx, input, before)) ?? null,
    )) satisfies typeof nspawnMachine.verify,
};

const name = 'k8s-w0';
const address = '192.168.10.100/24';

/** A lab with one machine in the state that the situation begins with. */
function situation(
  title: string,
  begin: (lab: NspawnWorld) => Promise<unknown>,
  wanted: JsonObject,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: async () => {
      const lab = await startNspawnWorld();
      await begin(lab);
      const input = { ...lab.machine(name, address), ...wanted };
      return {
        target: localTarget(),
        input,
        snapshot: async () => {
          const { output } = await lab.look(nspawnMachine, input);
          const { state, hostKey } = output as { state: string; hostKey: string | null };
          const remains = (await lab.remains())
            .map((line) => line.replaceAll(lab.prefix, 'lab').replaceAll(lab.dir, '/lab'))
            // Control groups and processes of a machine that runs come and go by themselves.
            .filter((line) => state !== 'running' || !/^(?:group|process) /.test(line));
          return { state, key: hostKey !== null, remains };
        },
        cleanup: () => lab.stop(),
      };
    },
    ...more,
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const running = (lab: NspawnWorld): Promise<unknown> =>
  lab.bring(nspawnMachine, lab.machine(name, address));
const stopped = (lab: NspawnWorld): Promise<unknown> =>
  lab.bring(nspawnMachine, lab.machine(name, address, { state: 'stopped' }));

laws(patient, {
  test: needs(machineNeeds),
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    situation('no machine, and it is to run', nothing, {}),
    situation('a machine that runs, and is to crash', running, { state: 'stopped', force: true }),
    situation('a machine that runs with other settings', running, { hostname: 'other' }),
    situation(
      'a machine that is to be removed',
      stopped,
      { state: 'absent' },
      { undo: 'irreversible' },
    ),
  ],
  bad: [],
});
