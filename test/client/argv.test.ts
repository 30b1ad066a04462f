import { describe, expect, test } from '@jest/globals';
import { takeApart } from '../../client/argv.js';

describe('takeApart', () => {
  test.each([
    [['status', 'run-1'], 'status', ['run-1']],
    [['--json', 'status', 'run-1'], 'status', ['--json', 'run-1']],
    [['--project', 'lab', 'plan', 'x'], 'plan', ['--project', 'lab', 'x']],
    [['--project=lab', '-q', 'plan', 'x'], 'plan', ['--project=lab', '-q', 'x']],
    [['start', 'x', '--help'], 'start', ['x', '--help']],
    [['help', 'start', 'x'], 'start', ['x', '--help']],
    [['stat'], 'stat', []],
  ])('%j', (argv, command, rest) => {
    expect(takeApart(argv)).toMatchObject({ command, rest });
  });

  test.each([
    [[], true, false],
    [['--help'], true, false],
    [['-h'], true, false],
    [['help'], true, false],
    [['--version'], false, true],
    [['-V'], false, true],
    [['--json'], false, false],
  ])('without a command: %j', (argv, help, version) => {
    expect(takeApart(argv)).toMatchObject({ command: null, help, version });
  });

  test('a flag that is not ours is taken for a command, so that it is told to be wrong', () => {
    expect(takeApart(['--jsn', 'status']).command).toBe('--jsn');
  });
});
