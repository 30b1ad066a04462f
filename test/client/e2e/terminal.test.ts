import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { Bench, cliPath, until, withServer } from './cli.js';
import { writeRunbooks } from './runbooks.js';

const test = withServer(['tmux', 'bash']);
const slow = 240_000;
let bench: Bench;

/** A real terminal: a shell in tmux, with a server of its own. */
class Terminal {
  readonly #socket: string;

  constructor(socket: string, columns: number, rows: number) {
    this.#socket = socket;
    const env = Object.entries(bench.env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      't',
      '-x',
      String(columns),
      '-y',
      String(rows),
      '-c',
      bench.folder,
      ...env,
      'bash --norc --noprofile',
    );
    this.type(`PS1='ready> '; runbook() { "${process.execPath}" "${cliPath}" "$@"; }; clear`);
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      env: { ...bench.env, TERM: 'xterm-256color' },
    });
  }

  /** Types a line and Enter. */
  type(text: string): void {
    this.#tmux('send-keys', '-t', 't', '-l', text);
    this.#tmux('send-keys', '-t', 't', 'Enter');
  }

  press(key: string): void {
    this.#tmux('send-keys', '-t', 't', key);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', 't', '-x', String(columns), '-y', String(rows));
  }

  get text(): string {
    return this.#tmux('capture-pane', '-t', 't', '-p').trimEnd();
  }

  /** Everything that has scrolled away too. */
  get history(): string {
    return this.#tmux('capture-pane', '-t', 't', '-p', '-S', '-2000').trimEnd();
  }

  async sees(pattern: RegExp | string): Promise<string> {
    const seen = (): string | null => {
      const { text } = this;
      return (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text))
        ? text
        : null;
    };
    try {
      return await until(String(pattern), seen, 90_000);
    } catch (error) {
      throw new Error(`${String(error)}; the screen is\n${this.text}`, { cause: error });
    }
  }

  close(): void {
    this.#tmux('kill-server');
  }
}

let terminal: Terminal | null = null;
function open(columns = 80, rows = 24): Terminal {
  terminal = new Terminal(join(bench.folder, `.tmux-${columns}x${rows}`), columns, rows);
  return terminal;
}

beforeAll(() => {
  bench = new Bench();
  writeRunbooks(bench);
});
afterAll(async () => {
  terminal?.close();
  await bench.close();
}, slow);
beforeEach(() => {
  terminal?.close();
  terminal = null;
  for (const name of ['before.txt', 'after.txt', 'open', 'passed'])
    rmSync(bench.path(name), { force: true });
});

describe('in a terminal', () => {
  test(
    'start shows the plan, asks, follows, shows the menu and goes on when somebody decides elsewhere',
    async () => {
      const screen = open();
      screen.type('runbook start gated --id t-1');
      const plan = await screen.sees('Start this run? [y/N]');
      expect(plan).toContain('Plan of gated');
      expect(plan).toMatch(/~ before +change +local/);
      expect(bench.read('before.txt')).toBeNull();
      screen.type('y');
      const parked = await screen.sees('gate is parked since');
      expect(parked).toMatch(/✓ before +changed/);
      expect(parked).toMatch(/✗ gate +parked/);
      expect(parked).toContain('runbook cancel  t-1');
      expect(parked).toContain('Ctrl-C leaves this view; the run goes on.');
      writeFileSync(bench.path('open'), '');
      await bench.expect(0, 'retry', 't-1');
      // With the prompt the last drawing is over.
      const ended = await screen.sees(/succeeded after[^]*ready>/);
      expect(ended).toMatch(/✓ after +changed/);
      // The live part is gone: what stands there is the end, once.
      expect(screen.history.match(/Ctrl-C leaves/g)).toBeNull();
      expect(screen.history.match(/✓ before/g)).toHaveLength(1);
      screen.type('echo code $?');
      await screen.sees('code 0');
    },
    slow,
  );

  test(
    'a no starts nothing',
    async () => {
      const screen = open();
      screen.type('runbook start quick --text "$RANDOM" --id t-none');
      await screen.sees('Start this run? [y/N]');
      screen.type('n');
      await screen.sees('Nothing was started.');
      const { stdout } = await bench.run('runs');
      expect(stdout).not.toContain('t-none');
    },
    slow,
  );

  test(
    'Ctrl-C leaves the view and says how to come back; the shell has its cursor again',
    async () => {
      const screen = open();
      screen.type('runbook start asks --yes --id t-left');
      await screen.sees('by-hand waits for a person');
      screen.press('C-c');
      await screen.sees('Left the view; the run goes on.');
      screen.type('echo code $?');
      await screen.sees('code 130');
      expect((await bench.run('status', 't-left')).code).toBe(3);
      screen.type('clear; runbook watch t-left');
      await screen.sees('Ctrl-C leaves this view');
      await bench.expect(0, 'confirm', 't-left', '--reason', 'done');
      await screen.sees('succeeded after');
    },
    slow,
  );

  test(
    'a small terminal that is resized stays clean',
    async () => {
      const steps = Array.from(
        { length: 40 },
        (_, i) =>
          `  - { id: step-${i}, action: linux.file, input: { path: FOLDER/many-${i}, content: x } }`,
      );
      bench.runbook(
        'many',
        `steps:\n${steps.join('\n')}\n  - { id: by-hand, manual: Look at it. }\n`,
      );
      const screen = open(80, 24);
      screen.type('runbook start many --yes --id t-many');
      await screen.sees('by-hand waits for a person');
      // Between two drawings the screen is empty, half of it is there, or that of the last size is.
      const drawn = (rows: number, ...parts: RegExp[]): Promise<string> =>
        until('it is drawn anew', () => {
          const now = screen.text;
          const whole = parts.every((part) => now.match(part)?.length === 1);
          return whole && now.split('\n').length <= rows ? now : null;
        });
      const menu = /‖ by-hand +waiting[^]*runbook confirm t-many[^]*Ctrl-C leaves/g;
      for (const [columns, rows] of [
        [60, 18],
        [100, 30],
        [44, 16],
        [80, 24],
      ] as const) {
        screen.resize(columns, rows);
        await drawn(rows, menu);
      }
      await drawn(
        24,
        menu,
        /by-hand waits for a person/g,
        /^t-many/gm,
        /… \d+ steps before: \d+ changed/g,
      );
      screen.press('C-c');
      await screen.sees('Left the view');
      await bench.expect(0, 'cancel', 't-many', '--yes', '--undo');
    },
    slow,
  );

  test(
    'undo shows what it puts back, and asks',
    async () => {
      await bench.expect(3, 'start', 'asks', '--id', 't-undo');
      const screen = open(100, 30);
      screen.type('runbook undo t-undo --reason oops --watch');
      const asked = await screen.sees('Undo t-undo? [y/N]');
      expect(asked).toContain('These changes are put back, in this order:');
      expect(asked).toContain('  before: ');
      screen.type('y');
      await screen.sees('undone after');
      expect(bench.read('before.txt')).toBeNull();
    },
    slow,
  );

  test(
    'NO_COLOR: no colours, but still one live view',
    async () => {
      const screen = open();
      screen.type(
        'NO_COLOR=1 runbook status t-undo | cat -v; NO_COLOR=1 runbook status t-undo > /dev/null; echo over',
      );
      const text = await screen.sees('over');
      expect(text).not.toContain('^[');
    },
    slow,
  );
});
