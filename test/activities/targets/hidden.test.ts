import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { needs } from '../../needs.js';
import { inventoryOf, openDesk, type Desk } from './desk.js';

jest.setTimeout(120_000);

const linux = needs({ linux: true, commands: ['timeout'] });
const nowhere = inventoryOf([]);
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

/** Command lines of all processes. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

describe.each(['check', 'apply'] as const)('a secret of a command of %s', (verb) => {
  const open = (...secrets: string[]) => desk.open('local', nowhere, { verb, secrets });

  linux('that is a variable arrives whole, and before the input', async () => {
    const first = ' line "one" $HOME \\n \'\\\'\n\n\tÁ “x” \u0001\u0085\n';
    const [second, plain] = ['s3cr3t=&\\', 'not secret'];
    const { stdout } = await open(first, second).run(
      'sh',
      ['-c', 'printf "%s\\0%s\\0%s\\0" "$A" "$B" "$C"; cat'],
      { env: { A: first, B: second, C: plain }, input: 'in\nput' },
    );
    expect(stdout.split('\0')).toEqual([first, second, plain, 'in\nput']);
  });

  linux('that is a variable is in no list of processes, and in no log', async () => {
    const secret = `seen-${verb}-8f3b2c`;
    const running = open(secret).run('sh', ['-c', 'sleep 1; echo "$T"'], { env: { T: secret } });
    const seen: string[] = [];
    const pause = (): Promise<null> => new Promise((resolve) => setTimeout(resolve, 50, null));
    let result = null;
    while (result === null) {
      seen.push(commandLines());
      result = await Promise.race([running, pause()]);
    }
    expect(result.stdout).toBe(`${secret}\n`);
    // Not the lines themselves: other processes are nobody's business.
    expect(seen.join().includes('echo "$T"')).toBe(true);
    expect(seen.join().includes(secret)).toBe(false);
    const log = JSON.stringify(await desk.log());
    expect(log).toContain("env 'T=***'");
    expect(log).not.toContain(secret);
  });

  linux('that is an argument keeps the command from running', async () => {
    const secret = 'p&ss word';
    for (const word of [
      secret,
      `a=${encodeURIComponent(secret)}`,
      Buffer.from(secret).toString('base64'),
    ]) {
      await expect(open(secret).run('echo', ['x', word])).rejects.toMatchObject({
        code: 'secret-exposed',
        message: expect.stringContaining('its argument 2 holds a secret'),
      });
    }
  });
});
