import { openFar } from '../far/host.js';
import type { Rig } from '../rig.js';
import { together, type Outcome } from './scenario.js';
import { toTheEnd } from './struck.js';

/** As narrow as an sshd can be and still be used: the second handshake at once may be dropped, the fifth is. */
const narrow = ['MaxSessions 2', 'MaxStartups 2:50:4'];

/**
 * F7: so many runs at once on a host whose sshd opens few sessions and drops connections that come together; some
 * share a connection, some have their own. They wait for each other, and none of them fails.
 */
export async function sshdLimits(rig: Rig, runs: number): Promise<Outcome> {
  const names = Math.ceil((runs * 2) / 3);
  await openFar(rig, { narrow: { config: narrow, names } });
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes = await Promise.all(
    Array.from({ length: runs }, async (_, at) => {
      const run = rig.newRun();
      const name = at % names;
      await rig.start(run, { host: name === 0 ? 'narrow' : `narrow-${name + 1}` });
      const violations = await toTheEnd(rig, run, []);
      return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
    }),
  );
  rig.nemesis.count('runs on a narrow sshd');
  return together(outcomes);
}
