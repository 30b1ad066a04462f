import { createHash } from 'node:crypto';
import type { Target } from '../../../core/target.js';

/** Script line: sets `s` to the folder for what runs keep on a target; root's is the system's, others have their own. */
export const store = `if [ "$(id -u)" = 0 ]; then s=/var/lib/runbook
else s=\${XDG_STATE_HOME:-\${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}/.local/state}/runbook; fi
`;

/** sha256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Folder name of a run; ids of child runs hold slashes. */
export function runFolder(run: string): string {
  const plain = run.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80);
  return plain === run ? plain : `${plain}-${sha256(run).slice(0, 8)}`;
}

const rememberScript = `set -eu
${store}umask 022
mkdir -p -- "$s"
umask 077
d=$s/$1/memo
mkdir -p -- "$d"
[ ! -f "$d/$2" ] || exit 0
cat > "$d/$2.part"
sync -- "$d/$2.part"
mv -fT -- "$d/$2.part" "$d/$2"
sync -- "$d"
`;
const recallScript = `set -eu
${store}f=$s/$1/memo/$2
[ -f "$f" ] || exit 66
exec cat -- "$f"
`;
const forgetScript = `set -eu\n${store}rm -f -- "$s/$1/memo/$2"\n`;

/** A short text that a run keeps on a target, for what is only known once apply is under way. */
export interface Memo {
  /** Keeps a text; one kept before, by an attempt that was lost, stays. */
  remember(text: string): Promise<void>;
  /** The text, or null. */
  recall(): Promise<string | null>;
  forget(): Promise<void>;
}

/** The memo of a run by this name, which must be fit for a file name. */
export function memo(target: Target, run: string, name: string): Memo {
  const where = [runFolder(run), name];
  const script = (text: string, input: string, exits: readonly number[]) =>
    target.run('sh', ['-c', text, 'memo', ...where], { sudo: true, exits, input });
  return {
    remember: async (text) => {
      await script(rememberScript, text, [0]);
    },
    recall: async () => {
      const { exitCode, stdout } = await script(recallScript, '', [0, 66]);
      return exitCode === 66 ? null : stdout;
    },
    forget: async () => {
      await script(forgetScript, '', [0]);
    },
  };
}
