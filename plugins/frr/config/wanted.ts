import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { changeText, isEmpty, type Change, type Changes } from './changes.js';
import { unshown } from './defaults.js';
import type { FileFound } from './layout.js';
import { maskSecrets } from './mask.js';
import type { Router } from './router.js';
import { lackingDaemons, type Seen } from './state.js';
import { candidateOf, profileOf, sha256, wantsSplitFiles } from './text.js';

/** The configuration that is wanted, with its secrets in place. */
export interface Wanted {
  readonly content: string;
  readonly daemons: readonly string[];
  readonly secrets: readonly string[];
}

/** How frr.conf must lie there: FRR's own scripts make it so, and it may hold passwords. */
export const confAttributes = { mode: '640', owner: 'frr:frr' } as const;

/** What is not as wanted. */
export interface Differences {
  readonly changes: Changes;
  readonly disabled: readonly string[];
  readonly stopped: readonly string[];
  readonly file: boolean;
}

const none: Changes = { remove: [], add: [] };

/** @throws PermanentError where a reload could not bring this about. */
function mustBePossible(target: Target, { content }: Wanted, seen: Seen): string | null {
  const { layout, running } = seen;
  if (layout.split || wantsSplitFiles(content)) {
    throw new PermanentError('refused', `${target.name}: FRR reads one file per daemon there`, {
      hint: "Remove 'no service integrated-vtysh-config' from vtysh.conf and from the content.",
    });
  }
  if (running === null) return null;
  if (layout.reload === null) {
    throw new PermanentError('tool-missing', `${target.name}: there is no frr-reload.py`, {
      hint: 'Install the package frr-pythontools.',
    });
  }
  const [profile, wanted] = [profileOf(running), profileOf(content)];
  if (profile !== null && wanted !== null && profile !== wanted) {
    throw new PermanentError(
      'refused',
      `${target.name}: FRR runs with the defaults '${profile}', and the content wants '${wanted}'`,
      { hint: 'A profile only takes effect when FRR starts: change it by hand, in a window.' },
    );
  }
  return layout.reload;
}

function mustBeShown(target: Target, { add }: Changes, profile: string, wanted: Wanted): void {
  for (const change of add) {
    const known = unshown(change.command, profile);
    if (known === null) continue;
    const line = maskSecrets(change.command, wanted.secrets);
    const what = known.instead === null ? 'leave it out' : `write '${known.instead}'`;
    throw new PermanentError(
      'input-invalid',
      `${target.name}: FRR does not show '${line}' once it is set: every reload would set it again, and may reset sessions`,
      {
        hint: `${known.instead === null ? 'It is the default' : 'FRR spells it otherwise'}: ${what}.`,
      },
    );
  }
}

/** Whether frr.conf has other content, mode or owner than it must have. */
export function fileDiffers(conf: FileFound | null, content: string): boolean {
  const { mode, owner } = confAttributes;
  return conf?.sha256 !== sha256(content) || conf.mode !== mode || conf.owner !== owner;
}

/**
 * Compares what is there with what is wanted, by FRR's own comparison.
 * @throws PermanentError `input-invalid` where vtysh refuses the content; `refused`.
 */
export async function compare(
  target: Target,
  router: Router,
  wanted: Wanted,
  seen: Seen,
): Promise<Differences> {
  const reload = mustBePossible(target, wanted, seen);
  const candidate = candidateOf(wanted.content, seen.running ?? '');
  const changes = await router.test(reload, candidate.text, candidate.offset);
  mustBeShown(target, changes, profileOf(seen.running ?? '') ?? 'traditional', wanted);
  return {
    changes: seen.running === null ? none : changes,
    ...lackingDaemons(seen, wanted.daemons),
    file: fileDiffers(seen.layout.conf, wanted.content),
  };
}

function plainChange(change: Change): string {
  const { within, command } = change;
  return within.length === 0 ? command : `${within.at(-1) ?? ''}: ${command}`;
}

/** The differences for people; null where there are none. */
export function describe(
  { changes, disabled, stopped, file }: Differences,
  seen: Seen,
  secrets: readonly string[],
): string | null {
  const parts: string[] = [];
  if (seen.running === null) parts.push('FRR does not run');
  else if (stopped.length > 0) parts.push(`${stopped.join(', ')} not running`);
  if (disabled.length > 0) parts.push(`${disabled.join(', ')} not enabled`);
  if (!isEmpty(changes)) {
    const commands = [...changes.remove, ...changes.add].map(plainChange);
    parts.push(`a reload runs ${commands.map((text) => maskSecrets(text, secrets)).join('; ')}`);
  }
  if (file) {
    parts.push(seen.layout.conf === null ? 'there is no frr.conf' : 'frr.conf differs');
  }
  return parts.length === 0 ? null : parts.join(', ');
}

/** @throws PermanentError `not-settled` where FRR does not show what it was told. */
export function mustBeDone(
  target: Target,
  left: Changes,
  said: string,
  secrets: readonly string[],
): void {
  if (isEmpty(left)) return;
  const lines = [...left.remove, ...left.add].map(changeText).join('; ');
  const told = said === '' ? '' : ` (${said})`;
  throw new PermanentError(
    'not-settled',
    `${target.name}: after the reload FRR still lacks ${maskSecrets(lines, secrets).slice(0, 300)}${told}`,
    {
      hint: 'A line that FRR refuses, or shows in another way: compare with show running-config, and write it so.',
    },
  );
}
