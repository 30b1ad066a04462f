import { formatDuration } from '../../../core/duration.js';
import type { Evidence } from '../../../core/evidence.js';
import { canonical, type Json } from '../../../core/json.js';
import type { RunRecord, StepRecord } from '../../../core/record.js';
import { ballotWords } from '../../../core/run/ballot.js';
import { hasEnded } from '../../../core/run/outcome.js';
import { percentile, plot, type Timing } from '../../../core/run/timing.js';
import { stateTone, stepMark, unicode } from '../glyphs.js';
import { word } from '../step.js';
import { leftChanged, tally } from '../tally.js';
import { evidence, evidenceInShort } from './evidence.js';
import {
  code,
  strong,
  words,
  type Block,
  type Phrase,
  type Report,
  type Section,
} from './pieces.js';
import { timeline } from './timeline.js';

function took(from: string | null, to: string | null): string {
  if (from === null || to === null) return '';
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

const time = (iso: string | null): Phrase => words(iso === null ? '' : iso.slice(11, 19));
const json = (value: Json): Phrase => (value === null ? [] : code(canonical(value)));
const list = (names: readonly string[]): Phrase =>
  names.flatMap((name, at) => [...(at === 0 ? [] : words(', ')), ...code(name)]);

function facts(record: RunRecord): Block {
  const { startedAt, endedAt } = record;
  const named = (what: string, values: Readonly<Record<string, Json>>): [Phrase, Phrase][] =>
    Object.entries(values).map(([name, value]) => [
      [...words(`${what} `), ...code(name)],
      json(value),
    ]);
  const rows: [Phrase, Phrase][] = [
    [words('Runbook'), code(record.runbook)],
    [words('State'), strong(record.state, stateTone(record.state))],
    [words('Started'), words(`${startedAt} by ${record.startedBy} (claimed)`)],
    [
      words('Proposed'),
      record.proposal === undefined
        ? []
        : words(
            `${record.proposal.at} by ${record.proposal.by} (claimed), as ${record.proposal.id}`,
          ),
    ],
    [
      words('Ended'),
      words(endedAt === null ? 'not yet' : `${endedAt}, after ${took(startedAt, endedAt)}`),
    ],
    [words('Undoes'), record.undoes === undefined ? [] : code(record.undoes)],
    [
      words('Server'),
      record.local === undefined
        ? []
        : words(
            `none: run on ${record.local.host}, leases of the server were not seen. Reason: ${record.local.reason}`,
          ),
    ],
    [words('Targets'), list(record.targets)],
    [words('Locks'), list(record.locks)],
    [
      words('Plan'),
      record.planHash === null ? words('started without one') : code(record.planHash),
    ],
    [words('Definition'), code(record.definitionHash)],
    ...named('Input', record.inputs),
    ...named('Output', record.outputs),
  ];
  return { kind: 'facts', rows: rows.filter(([, phrase]) => phrase.length > 0) };
}

function why(step: StepRecord): Phrase {
  if (step.failure !== null && step.outcome !== 'undone') {
    const { hint } = step.failure;
    return [
      ...code(step.failure.code),
      ...words(` ${step.failure.message}${hint === null ? '' : ` (${hint})`}`),
    ];
  }
  return words(step.note ?? step.drift ?? '');
}

/** How a step ended. One that a cancel has cut short has begun, and has no outcome. */
function stands(step: StepRecord): string {
  if (word(step) !== '') return word(step);
  return step.startedAt === null ? 'not begun' : 'not finished';
}

function steps(record: RunRecord): Block {
  return {
    kind: 'table',
    titles: [
      'Began',
      'Step',
      'Action',
      'Target',
      'Outcome',
      'Took',
      'Attempts',
      'What differed, and why',
    ],
    rows: record.steps.map((step) => ({
      cells: [
        time(step.startedAt),
        code(step.path),
        step.action === null ? words(step.kind) : code(step.action),
        step.target === null ? [] : code(step.target),
        words(stands(step), stepMark(step, unicode).tone),
        words(took(step.startedAt, step.endedAt)),
        words(step.attempts > 1 ? String(step.attempts) : ''),
        why(step),
      ],
    })),
  };
}

function befores(record: RunRecord): Block {
  const changed = record.steps.filter((step) => step.applied && step.kind !== 'item');
  return {
    kind: 'table',
    titles: ['Step', 'Resource', 'Before', 'Put back'],
    rows: changed.map((step) => ({
      cells: [
        code(step.path),
        step.resource === null ? [] : code(step.resource),
        json(step.before),
        words(step.restored ? 'yes' : 'no'),
      ],
    })),
  };
}

/** How long the calls took: half of them, nearly all of them, and over time. */
function course(timing: Timing | undefined): Phrase[] {
  if (timing === undefined) return [[], [], []];
  const within = (part: number): Phrase => {
    const ms = percentile(timing, part);
    return ms === null ? [] : words(formatDuration(ms));
  };
  return [within(0.5), within(0.99), code(plot(timing))];
}

/** The runs of items, each with a report of its own. */
function items({ children }: RunRecord): Block {
  return {
    kind: 'list',
    items: children.map((id) => [...code(id), ...words(': '), ...code(`runbook report ${id}`)]),
  };
}

function probes(record: RunRecord): Block {
  return {
    kind: 'table',
    titles: [
      'Probe',
      'Calls',
      'Failed',
      'Allowed',
      'Longest gap',
      'p50',
      'p99',
      'Course',
      'Last failure',
    ],
    rows: record.probes.map((probe) => ({
      cells: [
        code(probe.id),
        words(String(probe.sent)),
        words(String(probe.failed), probe.failed > 0 ? 'warn' : undefined),
        words(probe.maxFailed === null ? '' : String(probe.maxFailed)),
        words(formatDuration(probe.longestGapMs)),
        ...course(probe.timing),
        words(probe.lastFailure ?? ''),
      ],
    })),
  };
}

function decisions(record: RunRecord): Block {
  return {
    kind: 'table',
    titles: ['At', 'By', 'Proof', 'Decision', 'Step', 'Plan', 'Reason'],
    rows: record.decisions.map(({ at, by, verb, step, reason, planHash, signed }) => ({
      cells: [
        time(at),
        words(by),
        signed === undefined ? words('claimed') : [...words('signed, '), ...code(signed.key)],
        words(verb),
        step === null ? [] : code(step),
        planHash === undefined ? [] : code(planHash.slice(0, 12)),
        words(reason),
      ],
    })),
  };
}

function failure({ failure: found }: RunRecord): Block[] {
  if (found === null) return [];
  return [
    { kind: 'paragraph', phrase: [...code(found.code), ...words(` ${found.message}`)] },
    ...(found.hint === null ? [] : [{ kind: 'paragraph' as const, phrase: words(found.hint) }]),
  ];
}

function section(title: string, blocks: readonly Block[], when: boolean): Section[] {
  return when ? [{ title, blocks }] : [];
}

/**
 * The report of a run. Times are UTC. A summary has neither the timeline nor the commands one by one.
 */
export function reportOf(
  record: RunRecord,
  { commands, commandsLeftOut }: Evidence,
  summary = false,
): Report {
  const told = summary ? evidenceInShort : evidence;
  const left = leftChanged(record.steps);
  const counts = tally(record.steps);
  const waits: Phrase[] = record.waitingFor.map((one) => [
    ...code(one.path),
    ...words(` (${one.kind}): ${one.message}`),
    ...(one.ballot === undefined ? [] : words(`; ${ballotWords(one.ballot).join('; ')}`)),
  ]);
  const changed: Phrase[] = left.map((step) => [
    ...code(step.resource ?? step.path),
    ...words(' by step '),
    ...code(step.path),
  ]);
  const amiss = hasEnded(record.state) && record.state !== 'succeeded';
  return {
    title: words(`${record.run}: ${record.state}`),
    lead: [
      {
        kind: 'paragraph',
        phrase: words(record.title + (counts === '' ? '' : ` — ${counts}.`)),
      },
      facts(record),
    ],
    sections: [
      ...section('Why it did not succeed', failure(record), record.failure !== null),
      ...section('What it waits for', [{ kind: 'list', items: waits }], waits.length > 0),
      ...section('Left changed', [{ kind: 'list', items: changed }], left.length > 0 && amiss),
      ...section('Steps', [steps(record)], true),
      ...section(
        'What was found before',
        [befores(record)],
        record.steps.some((step) => step.applied && step.kind !== 'item'),
      ),
      ...section('Items', [items(record)], record.children.length > 0),
      ...section('Probes', [probes(record)], record.probes.length > 0),
      ...section('Decisions', [decisions(record)], record.decisions.length > 0),
      ...section('Timeline', [{ kind: 'list', items: timeline(record) }], !summary),
      ...section('Commands', told(record.run, commands, commandsLeftOut), commands.length > 0),
    ],
  };
}
