import type { RunNotification } from '../notification.js';
import type { RunRecord, StepRecord } from '../record.js';
import { decisionCommands } from './choices.js';
import { occasion, type Notice } from './notices.js';

type Data = RunNotification['data'];
type Command = Data['commands'][number];

/** Ways on from what has happened. */
function commands(record: RunRecord, { waiting }: Notice): Command[] {
  const { run } = record;
  const status: Command = { command: `runbook status ${run}`, meaning: 'how it stands' };
  if (waiting === null) {
    return [status, { command: `runbook report ${run}`, meaning: 'everything that was done' }];
  }
  return [
    ...decisionCommands(record, waiting).map(({ command, meaning }) => ({ command, meaning })),
    status,
    {
      command: `runbook logs ${run} ${waiting.path}`,
      meaning: 'what was run, and what it printed',
    },
  ];
}

function ending({ state, failure }: RunRecord): string {
  return `the run ended ${state}${failure === null ? '' : `: ${failure.message}`}`;
}

function dataOf(record: RunRecord, notice: Notice): Data {
  const { waiting } = notice;
  const { run, runbook, title, state, startedBy, startedAt } = record;
  const step: StepRecord | undefined =
    waiting === null ? undefined : record.steps.find(({ path }) => path === waiting.path);
  return {
    run,
    runbook,
    title,
    state,
    startedBy,
    startedAt,
    step: waiting?.path ?? null,
    stepTitle: step?.title ?? null,
    target: step?.target ?? null,
    message: waiting?.message ?? ending(record),
    failure: waiting === null ? record.failure : (step?.failure ?? null),
    until: waiting?.until ?? null,
    ...(waiting?.ballot === undefined ? {} : { ballot: waiting.ballot }),
    commands: commands(record, notice),
    // Only the worker has it: it adds the lines when it delivers, so that they never enter the history.
    log: [],
  };
}

/** The event that tells of a notice, the `number`th of its {@link occasion} in the run. */
export function notification(
  record: RunRecord,
  notice: Notice,
  number: number,
  project: string,
): RunNotification {
  const { kind, waiting } = notice;
  const { run } = record;
  return {
    specversion: '1.0',
    id: `${run}/${occasion(notice)}/${number}`,
    source: `/runbook/${encodeURIComponent(project)}/${encodeURIComponent(run)}`,
    type: `io.runbook.run.${kind}`,
    subject: waiting === null ? run : `${run}/${waiting.path}`,
    time: waiting?.since ?? record.endedAt ?? record.startedAt,
    datacontenttype: 'application/json',
    data: dataOf(record, notice),
  };
}

/** An event that tells of nothing but that the way to a receiver works; `run` stands for a run. */
export function testNotification(
  run: string,
  project: string,
  user: string,
  at: string,
): RunNotification {
  return {
    specversion: '1.0',
    id: `${run}/1`,
    source: `/runbook/${encodeURIComponent(project)}/${encodeURIComponent(run)}`,
    type: 'io.runbook.test',
    subject: run,
    time: at,
    datacontenttype: 'application/json',
    data: {
      run,
      runbook: 'notify-test',
      title: 'A test of notifications',
      state: 'succeeded',
      startedBy: user,
      startedAt: at,
      step: null,
      stepTitle: null,
      target: null,
      message: `${user} tests whether this arrives: nothing has happened`,
      failure: null,
      until: null,
      commands: [],
      log: [],
    },
  };
}
