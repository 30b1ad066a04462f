import { RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { jsonDocuments } from './documents.js';

/** Whole tables of a router with many routes. */
const tableBytes = 64 * 1024 * 1024;

/**
 * What vtysh says when it could not ask: exit 1 with "bgpd is not running" (FRR up without bgpd) or
 * "failed to connect to any daemons" (FRR down).
 */
function silent(target: Target, said: string): RunbookError {
  const why = excerpt(plainText(said).replace(/\s+/g, ' ').trim(), 200);
  return new RunbookError('check-failed', `${target.name}: vtysh: ${why || 'no answer'}`, {
    hint: 'systemctl status frr and vtysh -c "show daemons" on the router tell what runs.',
  });
}

/**
 * Asks the router's daemons; one JSON value per command, in their order. Only commands that end with
 * `json` may be asked.
 * @throws RunbookError `check-failed` where a daemon does not answer; as {@link Target.run}.
 */
export async function ask(target: Target, commands: readonly string[]): Promise<unknown[]> {
  const args = commands.flatMap((command) => ['-c', command]);
  const { exitCode, stdout, stderr, truncated } = await target.run('vtysh', args, {
    sudo: true,
    exits: [0, 1],
    capture: tableBytes,
  });
  if (exitCode !== 0) throw silent(target, `${stdout}\n${stderr}`);
  if (truncated) {
    throw new RunbookError('output-too-large', `${target.name}: the routing table is too large`, {
      hint: 'Name the prefixes, so that only these are read.',
    });
  }
  let answers: unknown[];
  try {
    answers = jsonDocuments(stdout);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: vtysh did not print JSON`, {
      cause: error,
    });
  }
  if (answers.length === commands.length) return answers;
  throw silent(target, `${answers.length} answers to ${commands.length} questions: ${stdout}`);
}
