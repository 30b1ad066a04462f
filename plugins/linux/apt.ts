import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { CommandOptions, CommandResult, Target } from '../../core/target.js';

/** A package as dpkg has it. */
export type PackageState = {
  /** State of dpkg, such as installed, config-files, not-installed or half-configured. */
  readonly status: string;
  /** Version installed, or whose configuration is left. */
  readonly version: string | null;
  /** True where it was installed only because another needs it. */
  readonly auto: boolean;
};

/** Format for dpkg-query: one line per architecture. */
export const queryFormat = '${db:Status-Status}\\t${Version}\\n';

/** Reads dpkg-query's lines; of several architectures the one that is installed. */
export function parseStatus(stdout: string): Omit<PackageState, 'auto'> {
  const rows = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const [status = 'not-installed', version = ''] =
    rows.find(([state]) => state === 'installed') ?? rows[0] ?? [];
  return { status, version: version === '' ? null : version };
}

/** What apt would do. */
export interface Simulation {
  /** Names that would be installed anew; those that are only brought to another version are not in it. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Reads `Inst`, `Remv` and `Purg` lines of `apt-get --simulate`. */
export function parseSimulation(stdout: string): Simulation {
  const added: string[] = [];
  const removed: string[] = [];
  for (const line of stdout.split('\n')) {
    const [verb, name = '', next = ''] = line.split(' ');
    if (verb === 'Inst' && !next.startsWith('[')) added.push(name);
    if (verb === 'Remv' || verb === 'Purg') removed.push(name);
  }
  return { added, removed };
}

/** apt's own words for an error: its `E:` lines. */
export function aptErrors(stderr: string): string {
  const lines = plainText(stderr).split('\n');
  const errors = lines.filter((line) => line.startsWith('E: ')).map((line) => line.slice(3));
  return excerpt((errors.length > 0 ? errors : lines).join(' '), 300);
}

/** True where apt does not know the package or version, which newer lists may mend. */
export function isUnknown(stderr: string): boolean {
  return /Unable to locate package|has no installation candidate|Version '.*' for '.*' was not found/.test(
    stderr,
  );
}

const environment = {
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  // Ubuntu's needrestart would restart services of its own choice.
  NEEDRESTART_SUSPEND: '1',
} as const;

const options = [
  '-q',
  '-o',
  'DPkg::Lock::Timeout=120',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
] as const;

/** apt of a target. */
export interface Apt {
  /** Name of the target. */
  readonly host: string;
  /** @throws PermanentError `refused` where apt cannot do it, with the reason; null: it does not know the package. */
  simulate(args: readonly string[]): Promise<Simulation | null>;
  /** Does it, after mending what a lost attempt left half done. */
  run(args: readonly string[]): Promise<void>;
  /** Fetches the lists of packages anew. */
  update(): Promise<void>;
}

/** @throws RunbookError as {@link Target.run}. */
export function aptOf(target: Target): Apt {
  const get = (args: readonly string[], more: CommandOptions): Promise<CommandResult> =>
    target.run('apt-get', [...options, ...args], { env: environment, ...more });
  return {
    host: target.name,
    simulate: async (args) => {
      const { exitCode, stdout, stderr } = await get(['--simulate', '-y', ...args], {
        exits: [0, 100],
      });
      if (exitCode === 0) return parseSimulation(stdout);
      if (isUnknown(stderr)) return null;
      throw new PermanentError('refused', `${target.name}: apt refuses: ${aptErrors(stderr)}`, {
        hint: 'Packages that are held need apt-mark unhold; broken ones apt-get -f install.',
      });
    },
    run: async (args) => {
      const more = { sudo: true, timeout: '10m', exits: [0, 100] } as const;
      let result = await get(['-y', ...args], more);
      // The text is the only sign that an earlier attempt was killed inside dpkg.
      if (result.exitCode !== 0 && result.stderr.includes('dpkg --configure -a')) {
        const mend = { sudo: true, timeout: '10m', env: environment } as const;
        await target.run('dpkg', ['--configure', '-a'], mend);
        result = await get(['-y', ...args], more);
      }
      if (result.exitCode === 0) return;
      throw new RunbookError('action-failed', `${target.name}: apt: ${aptErrors(result.stderr)}`, {
        hint: 'Another apt, a source that does not answer or a full disk may be why.',
      });
    },
    update: async () => {
      await get(['update'], { sudo: true, timeout: '5m', failure: 'action-failed' });
    },
  };
}
