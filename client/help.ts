import { commands, type CommandEntry } from './catalog.js';

const width = Math.max(...commands.map(({ name }) => name.length));

function group(name: CommandEntry['group']): string {
  const members = commands.filter((command) => command.group === name);
  return [name, ...members.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`)].join('\n');
}

/** What `runbook --help` prints. */
export function helpText(version: string): string {
  return `runbook ${version}: durable runbooks that plan, run, park and undo

Usage: runbook <command> [options]

${(['Write', 'Run', 'Look', 'Decide', 'Machinery'] as const).map(group).join('\n\n')}

Options of every command
  --project DIR   Project, or a lab of the package by name; found upwards from here unless told.
  --json          JSON on standard output: one document, or one object per line for what goes on.
  --plain         No colours in place, no cursor tricks.
  --quiet         No output but errors; the exit code tells.
  --help          Help for a command, or for a runbook: runbook start NAME --help

Exit codes
  0 done, no drift   1 error or refused   2 changes or drift   3 parked or waiting
  4 undone, stopped or cancelled   5 lease held   64 bad usage   69 server or worker unavailable   130 interrupted

First steps: runbook tour, then runbook init my-project
`;
}
