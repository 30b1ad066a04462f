import { afterAll, beforeAll, expect } from '@jest/globals';
import { notificationSchema, type Notification } from '../../../core/notification.js';
import { doctorSchema, notifyTestSchema } from '../../../client/schemas.js';
import { Bench, until, withServer } from './cli.js';
import { writeRunbooks } from './runbooks.js';

const test = withServer();
const slow = 240_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  writeRunbooks(bench);
});
afterAll(() => bench.close(), slow);

const project = (notify: string): string =>
  `apiVersion: runbook/v1\nname: bench\nnotify:\n${notify}`;

/** The event that a command has written to a file of its own. */
function taken(name: string): Notification | null {
  const text = bench.read(name);
  return text === null ? null : notificationSchema.parse(JSON.parse(text));
}

test(
  'settings that are wrong are refused with their place, by validate and by start',
  async () => {
    bench.write('runbook.yaml', project('  - { id: a, on: [parkd], command: [true] }\n'));
    const place = "runbook.yaml:4:19 notify.0.on.0: 'parkd' is not one of parked";
    for (const command of [['validate'], ['validate', 'quick'], ['start', 'quick', '--yes']]) {
      const { code, stdout, stderr } = await bench.run(...command);
      expect(code).toBe(1);
      expect(stdout + stderr).toContain(place);
    }
  },
  slow,
);

test(
  'a parked run tells a command, with the end of the log; doctor names what is not delivered',
  async () => {
    // What is written is moved into place, so that nobody reads half of it.
    const take = 'cat > "$1.new" && mv "$1.new" "$1"';
    bench.write(
      'runbook.yaml',
      project(`  - { id: file, on: [parked], command: [sh, -c, '${take}', take, parked.json] }
  - { id: last, on: [finished], command: [sh, -c, 'test -e ready && ${take}', take, ended.json] }
`),
    );
    bench.runbook(
      'fails',
      `steps:
  - id: tool
    action: linux.command
    retry: { attempts: 1 }
    input:
      check: [test, -e, FOLDER/never]
      apply: [sh, -c, 'echo looking; echo no disk left >&2; exit 4']
      undo: nothing
`,
    );
    expect((await bench.run('start', 'fails', '--id', 'n-1')).code).toBe(3);
    const parked = await until('the event', () => taken('parked.json'));
    expect(parked).toMatchObject({
      id: 'n-1/tool/parked/1',
      source: '/runbook/bench/n-1',
      data: { step: 'tool', target: 'local', startedBy: expect.stringContaining('ada@') },
    });
    expect(parked.data).toMatchObject({
      log: expect.arrayContaining(['looking', 'no disk left', 'exit 4']),
    });
    expect(parked.data.commands[0]?.command).toBe('runbook retry n-1');
    await bench.expect(0, 'cancel', 'n-1', '--yes', '--reason', 'seen enough');
    const told = await until('the trouble of the delivery', async () => {
      const { stdout } = await bench.run('doctor', '--json');
      const { checks } = doctorSchema.parse(JSON.parse(stdout));
      return checks.find(({ found }) => found.includes('n-1/finished/1 is not delivered yet'));
    });
    expect(told).toMatchObject({ name: 'notifications', status: 'note' });
    expect(told.found).toContain('last: sh ended with exit code 1');
    bench.write('ready', '');
    const ended = await until('the last event', () => taken('ended.json'), 120_000);
    expect(ended).toMatchObject({ id: 'n-1/finished/1', data: { state: 'cancelled', log: [] } });
  },
  slow,
);

test(
  'a test event is sent the way that every other takes, once',
  async () => {
    bench.write(
      'runbook.yaml',
      project(`  - { id: file, command: [tee, tested.json] }
  - { id: lost, webhook: { url: 'http://127.0.0.1:1/', headers: { X-Token: { env: NO_SUCH } } } }
`),
    );
    const all = await bench.run('notify', 'test', '--json');
    expect(all.code).toBe(1);
    expect(notifyTestSchema.parse(JSON.parse(all.stdout))).toEqual([
      { receiver: 'file', delivered: true, why: null },
      {
        receiver: 'lost',
        delivered: false,
        why: 'the environment variable NO_SUCH is not set where the worker runs',
      },
    ]);
    expect(taken('tested.json')).toMatchObject({ type: 'io.runbook.test' });
    expect(await bench.expect(0, 'notify', 'test', 'file')).toContain('file has taken it');
    const wrong = await bench.run('notify', 'test', 'fiel');
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean 'file'?"),
    });
    const { stdout } = await bench.run('doctor', '--json');
    const { checks } = doctorSchema.parse(JSON.parse(stdout));
    expect(checks.find(({ name }) => name === 'notifications')?.status).toBe('ok');
  },
  slow,
);
