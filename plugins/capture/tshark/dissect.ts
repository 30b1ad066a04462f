import { PermanentError } from '../../../core/errors.js';
import { excerpt } from '../../../core/excerpt.js';
import type { Target } from '../../../core/target.js';

const mostBytes = 96 * 1024 * 1024;

/**
 * $1 file, then the arguments. tshark reads standard input, so that only this shell needs to be able to open the
 * file; without a folder of its own (as nobody in root's, tshark 4.0.17 crashes). Exit 66: no such file.
 */
const script = `f=$1
shift
[ -f "$f" ] && [ -r "$f" ] || exit 66
[ "$(id -u)" -ne 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"
exec "$@" <"$f"`;

/**
 * What tshark says of the packets of a file that match, as JSON.
 * @throws PermanentError `not-found`, `check-failed` for a filter, a field or a file that it cannot read,
 * `output-too-large`, `tool-missing`
 */
export async function dissect(
  target: Target,
  path: string,
  filter: string,
  fields: readonly string[],
): Promise<string> {
  const where = `${target.name}: ${path}`;
  const shown = ['frame.number', ...fields].flatMap((field) => ['-e', field]);
  const tshark = ['tshark', '-n', '-r', '-', '-Y', filter, '-T', 'json', ...shown];
  const { exitCode, stdout, stderr, truncated } = await target.run(
    'sh',
    ['-c', script, 'dissect', path, ...tshark],
    {
      sudo: true,
      exits: [0, 1, 2, 66, 127],
      env: { HOME: '/nonexistent' },
      capture: mostBytes,
      log: 'quiet',
      timeout: '120s',
    },
  );
  if (exitCode === 66) throw new PermanentError('not-found', `${where} cannot be read`);
  if (exitCode === 127) {
    throw new PermanentError('tool-missing', `${target.name}: there is no tshark, or no setpriv`, {
      hint: 'Install tshark on the worker’s machine: apt-get install --no-install-recommends tshark.',
    });
  }
  if (exitCode !== 0) {
    const said = stderr
      .split('\n')
      .filter((line) => line.startsWith('tshark: ') || line.startsWith('\t'));
    const why = said.map((line) => line.replace(/^tshark: /, '').trim()).join(' ');
    throw new PermanentError('check-failed', `${where}: ${excerpt(why, 300)}`, {
      hint: 'Fields and filters: `tshark -G fields`, wireshark-filter(4).',
    });
  }
  if (truncated) {
    throw new PermanentError(
      'output-too-large',
      `${where}: too many packets match; narrow the filter`,
    );
  }
  return stdout;
}
