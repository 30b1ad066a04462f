import type { Failure } from '../../core/record.js';
import { oneLine } from './width.js';

/** A command longer than this is shortened where an error quotes it: the logs have all of it. */
const longest = 72;

/** The message of a failure on one line, with the commands in it shortened. */
export function failureWords({ message }: Pick<Failure, 'message'>): string {
  return oneLine(message).replace(/`([^`]{73,})`/g, (_all, command: string) => {
    return `\`${command.slice(0, longest)}…\``;
  });
}
