import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';

/** Where FRR reads its configuration, and which daemons to start. */
export const paths = { conf: '/etc/frr/frr.conf', daemons: '/etc/frr/daemons' } as const;

/** A file of FRR. */
export type FileFound = {
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  readonly sha256: string;
};

/** What lies on a router. */
export interface Layout {
  readonly conf: FileFound | null;
  readonly daemons: FileFound | null;
  readonly daemonsText: string;
  /** Path of frr-reload.py; null where the package frr-pythontools is missing. */
  readonly reload: string | null;
  /** Each daemon has a file of its own: `no service integrated-vtysh-config`. */
  readonly split: boolean;
}

/**
 * Reads what `lookScript` prints.
 * @throws PermanentError `refused` where a file is a symbolic link, which would be replaced.
 */
export function parseLayout(target: Target, stdout: string): Layout {
  const end = stdout.indexOf('\n\n') + 1;
  const rows = stdout
    .slice(0, Math.max(end, 0))
    .split('\n')
    .map((line) => line.split('\t'));
  const file = (name: keyof typeof paths): FileFound | null => {
    const [, kind, mode = '', owner = '', sum = ''] = rows.find(([first]) => first === name) ?? [];
    if (kind === 'link') {
      throw new PermanentError('refused', `${target.name}: ${paths[name]} is a symbolic link`, {
        hint: 'Put a file in its place, or write the configuration where the link leads.',
      });
    }
    return kind === 'file' ? { mode, owner, sha256: sum } : null;
  };
  return {
    conf: file('conf'),
    daemons: file('daemons'),
    daemonsText: stdout.slice(end + 1),
    reload: rows.find(([first]) => first === 'reload')?.[1] ?? null,
    split: rows.some(([first]) => first === 'split'),
  };
}
