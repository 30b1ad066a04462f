import { PermanentError, RunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { CommandResult, Target } from '../../../core/target.js';
import { parseSummary, type Peer } from '../bgp/peers.js';
import { ask } from '../vtysh.js';
import { parseChanges, type Changes } from './changes.js';
import { parseLayout, type FileFound, type Layout } from './layout.js';
import { maskSecrets } from './mask.js';
import { refusalOf } from './refusal.js';
import * as scripts from './scripts.js';
import { sha256 } from './text.js';

/** A router on behalf of a run. */
export interface Router {
  look(): Promise<Layout>;
  /** Daemons that answer, watchfrr left out; none where FRR does not run. */
  daemons(): Promise<string[]>;
  running(): Promise<string>;
  /** What a reload of this text would do; `offset`: lines that are not the reader's. */
  test(reload: string | null, text: string, offset: number): Promise<Changes>;
  /** Reloads this text; answers what is still different, and what FRR said. */
  reload(reload: string, text: string): Promise<{ left: Changes; said: string }>;
  reloadKept(reload: string, sum: string): Promise<{ left: Changes; said: string }>;
  keepRunning(sum: string): Promise<string>;
  recall(sum: string): Promise<string>;
  forget(sum: string): Promise<void>;
  keepFile(path: string, sum: string): Promise<void>;
  put(path: string, text: string, mode: string, owner: string): Promise<void>;
  putKept(path: string, file: FileFound): Promise<void>;
  remove(path: string): Promise<void>;
  service(verb: 'start' | 'stop' | 'reload'): Promise<void>;
  /** Sessions by neighbour; none where bgpd does not run. */
  sessions(): Promise<ReadonlyMap<string, Peer>>;
}

/** Folder name of a run; ids of child runs hold slashes. */
export function runFolder(run: string): string {
  const plain = run.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80);
  return plain === run ? plain : `${plain}-${sha256(run).slice(0, 8)}`;
}

/** Faults that vtysh found, with the reader's line numbers. */
function faults(said: string, offset: number): string {
  return said.replace(/^line (\d+): % /gm, (_, line: string) => `line ${Number(line) - offset}: `);
}

/** @throws RunbookError as {@link Target.run}. */
export function routerOf(target: Target, run: string, secrets: readonly string[]): Router {
  const folder = runFolder(run);
  const show = (text: string): string =>
    excerpt(plainText(maskSecrets(text, secrets)).replace(/\s*\n\s*/g, '; '), 400);

  async function script(
    text: string,
    args: readonly string[],
    options: { input?: string; timeout?: string; exits?: readonly number[] } = {},
  ): Promise<CommandResult> {
    const { exits = [0], ...more } = options;
    // Configurations hold passwords: nothing of them may get into the log.
    const result = await target.run('sh', ['-c', text, 'frr', ...args], {
      sudo: true,
      log: 'quiet',
      secrets,
      exits: 'any',
      ...more,
    });
    if (exits.includes(result.exitCode)) return result;
    throw refusalOf(target, result.exitCode, show(result.stderr));
  }

  /** Explains exits 65 and 66 of the scripts that test. */
  function changesOf({ exitCode, stdout, stderr }: CommandResult, offset: number): Changes {
    if (exitCode === 65) {
      throw new PermanentError(
        'input-invalid',
        `${target.name}: vtysh refuses the configuration: ${show(faults(stderr, offset))}`,
        {
          hint: 'Correct the lines. A feature of a daemon is unknown where FRR lacks that daemon.',
        },
      );
    }
    if (exitCode === 66) {
      const last = stderr.trimEnd().split('\n').slice(-3).join('\n');
      throw new RunbookError('check-failed', `${target.name}: frr-reload.py: ${show(last)}`);
    }
    return parseChanges(stdout);
  }

  async function reload(text: string, args: readonly string[], input: string) {
    const more = { input, timeout: '2m', exits: [0, 65, 66] };
    const result = await script(text, [folder, ...args], more);
    return { left: changesOf(result, 0), said: show(result.stderr) };
  }

  return {
    look: async () => parseLayout(target, (await script(scripts.lookScript, [])).stdout),
    daemons: async () => {
      const { exitCode, stdout } = await target.run('vtysh', ['-c', 'show daemons'], {
        sudo: true,
        exits: [0, 1],
      });
      const names = exitCode === 0 ? stdout.split(/\s+/) : [];
      return names.filter((name) => name !== '' && name !== 'watchfrr').sort();
    },
    running: async () => {
      const args = ['-c', 'show running-config no-header'];
      const options = { sudo: true, log: 'quiet', secrets, failure: 'check-failed' } as const;
      return (await target.run('vtysh', args, options)).stdout;
    },
    test: async (path, text, offset) => {
      const options = { input: text, exits: [0, 65, 66] };
      return changesOf(await script(scripts.testScript, [path ?? ''], options), offset);
    },
    reload: (path, text) => reload(scripts.reloadScript, ['', path], text),
    reloadKept: (path, sum) => reload(scripts.reloadKeptScript, [sum, path], ''),
    keepRunning: async (sum) => (await script(scripts.keepRunningScript, [folder, sum])).stdout,
    recall: async (sum) => (await script(scripts.recallScript, [folder, sum])).stdout,
    forget: async (sum) => {
      await script(scripts.forgetScript, [folder, sum]);
    },
    keepFile: async (path, sum) => {
      await script(scripts.keepFileScript, [folder, sum, path]);
    },
    put: async (path, text, mode, owner) => {
      await script(scripts.putScript, ['', sha256(text), path, mode, owner], { input: text });
    },
    putKept: async (path, file) => {
      const args = [folder, file.sha256, path, file.mode, file.owner];
      await script(scripts.putKeptScript, args);
    },
    remove: async (path) => {
      await script(scripts.removeScript, [path]);
    },
    service: async (verb) => {
      // frrinit.sh waits up to two minutes for a daemon to stop.
      await script(scripts.serviceScript, [verb], { timeout: '150s' });
    },
    sessions: async () => parseSummary((await ask(target, ['show bgp summary json']))[0]),
  };
}
