import type { DecisionVerb } from '../core/run/outcome.js';
import type { CommandModule } from './command.js';

/** A command as the list of commands knows it: its code is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: 'Write' | 'Run' | 'Look' | 'Decide' | 'Machinery';
  load(): Promise<{ readonly command: CommandModule }>;
}

const decision = async (verb: DecisionVerb): Promise<{ command: CommandModule }> => ({
  command: (await import('./commands/decision.js')).decisionCommand(verb),
});

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'tour',
    summary: 'See it work: a minute on this machine.',
    group: 'Write',
    load: () => import('./commands/tour.js'),
  },
  {
    name: 'init',
    summary: 'Make a project: runbook.yaml, an inventory, a first runbook.',
    group: 'Write',
    load: () => import('./commands/init.js'),
  },
  {
    name: 'list',
    summary: 'List the runbooks that can be started.',
    group: 'Write',
    load: () => import('./commands/list.js'),
  },
  {
    name: 'show',
    summary: 'Show a runbook: its inputs and steps.',
    group: 'Write',
    load: () => import('./commands/show.js'),
  },
  {
    name: 'validate',
    summary: 'Find every problem in runbooks and inventory.',
    group: 'Write',
    load: () => import('./commands/validate.js'),
  },
  {
    name: 'actions',
    summary: 'List the actions that steps can use, or document one.',
    group: 'Write',
    load: () => import('./commands/actions.js'),
  },
  {
    name: 'plan',
    summary: 'Show what a run would change, by read-only checks.',
    group: 'Run',
    load: () => import('./commands/plan.js'),
  },
  {
    name: 'propose',
    summary: 'Prepare a run for another person to start.',
    group: 'Run',
    load: () => import('./commands/propose.js'),
  },
  {
    name: 'start',
    summary: 'Start a run and follow it.',
    group: 'Run',
    load: () => import('./commands/start.js'),
  },
  {
    name: 'drift',
    summary: 'Tell whether the targets are still as a runbook wants them.',
    group: 'Run',
    load: () => import('./commands/drift.js'),
  },
  {
    name: 'schedule',
    summary: 'Look for drift again and again, at set times.',
    group: 'Run',
    load: () => import('./commands/schedule.js'),
  },
  {
    name: 'runs',
    summary: 'List runs.',
    group: 'Look',
    load: () => import('./commands/runs.js'),
  },
  {
    name: 'status',
    summary: 'Show how a run stands.',
    group: 'Look',
    load: () => import('./commands/status.js'),
  },
  {
    name: 'watch',
    summary: 'Follow a run.',
    group: 'Look',
    load: () => import('./commands/watch.js'),
  },
  {
    name: 'logs',
    summary: 'Show the commands of a run and what they printed.',
    group: 'Look',
    load: () => import('./commands/logs.js'),
  },
  {
    name: 'report',
    summary: 'Write the report of a run, as Markdown, HTML or JSON.',
    group: 'Look',
    load: () => import('./commands/report.js'),
  },
  {
    name: 'diff',
    summary: 'Show what two runs differ in.',
    group: 'Look',
    load: () => import('./commands/diff.js'),
  },
  {
    name: 'export',
    summary: 'Write a run that has ended to one file, with its logs.',
    group: 'Look',
    load: () => import('./commands/export.js'),
  },
  {
    name: 'import',
    summary: 'Take in a run that was exported elsewhere.',
    group: 'Look',
    load: () => import('./commands/import.js'),
  },
  {
    name: 'leases',
    summary: 'Show who holds which target, or take a lease from its holder.',
    group: 'Look',
    load: () => import('./commands/leases.js'),
  },
  {
    name: 'hold',
    summary: 'Hold a lease for a time, so that runs keep away.',
    group: 'Decide',
    load: () => import('./commands/hold.js'),
  },
  {
    name: 'retry',
    summary: 'Try a parked step again.',
    group: 'Decide',
    load: () => decision('retry'),
  },
  {
    name: 'skip',
    summary: 'Go on without a step.',
    group: 'Decide',
    load: () => decision('skip'),
  },
  {
    name: 'confirm',
    summary: 'Say that a step has been done by hand.',
    group: 'Decide',
    load: () => decision('confirm'),
  },
  {
    name: 'approve',
    summary: 'Approve what a run waits to do.',
    group: 'Decide',
    load: () => decision('approve'),
  },
  {
    name: 'reject',
    summary: 'Reject what a run waits to do.',
    group: 'Decide',
    load: () => decision('reject'),
  },
  {
    name: 'pause',
    summary: 'Hold a run before its next step.',
    group: 'Decide',
    load: () => decision('pause'),
  },
  {
    name: 'resume',
    summary: 'Let a paused run go on.',
    group: 'Decide',
    load: () => decision('resume'),
  },
  {
    name: 'undo',
    summary: 'Put back what a run has changed.',
    group: 'Decide',
    load: () => decision('undo'),
  },
  {
    name: 'cancel',
    summary: 'End a run.',
    group: 'Decide',
    load: () => decision('cancel'),
  },
  {
    name: 'doctor',
    summary: 'Check this machine, the server, the worker and the targets.',
    group: 'Machinery',
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'notify',
    summary: 'Send a test event to those who are told of runs.',
    group: 'Machinery',
    load: () => import('./commands/notify.js'),
  },
  {
    name: 'dev',
    summary: 'Look at, start or stop the server and worker on this machine.',
    group: 'Machinery',
    load: () => import('./commands/dev.js'),
  },
  {
    name: 'codec',
    summary: 'Make a key for encrypted histories, or let the Web UI show them.',
    group: 'Machinery',
    load: () => import('./commands/codec.js'),
  },
  {
    name: 'worker',
    summary: 'Run a worker in the foreground.',
    group: 'Machinery',
    load: () => import('./commands/worker.js'),
  },
  {
    name: 'ui',
    summary: 'Print the address of the Web UI.',
    group: 'Machinery',
    load: () => import('./commands/ui.js'),
  },
  {
    name: 'completion',
    summary: 'Print the completion for bash, zsh or fish.',
    group: 'Machinery',
    load: () => import('./commands/completion.js'),
  },
];
