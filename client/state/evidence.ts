import type { Evidence } from '../../core/evidence.js';
import { commandsOf } from './commands.js';
import { readLog } from './log-files.js';

/** The commands of a run, from its log. */
export async function evidenceOf(state: string, run: string): Promise<Evidence> {
  const { commands, left } = await commandsOf(readLog(state, run));
  return { commands: [...commands], commandsLeftOut: left };
}
