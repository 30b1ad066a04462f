import type { Command } from 'commander';
import { PermanentError } from '../../core/errors.js';
import type { Plan } from '../../core/record.js';
import { textOption, type CommandModule, type Options } from '../command.js';
import { exitOfRun, exits } from '../exit.js';
import { followRun } from '../follow-run.js';
import { prepareInputs, wantedRun, type Wanted } from '../inputs/command.js';
import { keptPlan, showMoved, type Kept } from '../kept-plan.js';
import { soundRunbook } from '../library.js';
import { planned } from '../planning.js';
import { keptProposal, proposalOf } from '../proposal.js';
import { checkId } from '../run-id.js';
import { lookLocallyOnce } from '../local/look.js';
import { localRun } from '../local/runs.js';
import { runAddress } from '../server/connection.js';
import type { Session } from '../session.js';
import { begin, exists, type Begun } from '../start-run.js';
import { keepProposal, type Proposal } from '../state/proposals.js';
import { blank, line, span } from '../view/line.js';
import { planView } from '../view/plan.js';

/** The words of a command line, with the runbook of the proposal that they name. */
function ofProposal(session: Session, argv: readonly string[]): readonly string[] {
  const at = argv.findIndex((word) => /^--proposal(?:=|$)/.test(word));
  const [, joined] = (argv[at] ?? '').split('=');
  const word = joined ?? argv[at + 1];
  if (at < 0 || word === undefined) return argv;
  try {
    return [proposalOf(session, word).plan.runbook];
  } catch {
    // What is wrong with it is told when it is to be started.
    return ['--proposal'];
  }
}

/** What is to be started. */
interface Asked {
  readonly proposal: Proposal | null;
  readonly kept: Kept | null;
  readonly wanted: Wanted;
}

/** What a command line asks for: a runbook with inputs, a plan, or a proposal. @throws RunbookError */
async function asked(
  session: Session,
  name: string | undefined,
  options: Options,
  command: Command,
): Promise<Asked> {
  const hash = textOption(options, 'plan');
  const word = textOption(options, 'proposal');
  if (word !== undefined) {
    const proposal = proposalOf(session, word);
    if (hash !== undefined || (name ?? proposal.plan.runbook) !== proposal.plan.runbook)
      throw new PermanentError('usage', `proposal ${word} says itself what is started`, {
        hint: `runbook start --proposal ${word}`,
      });
    const kept = await keptProposal(session, proposal, options, command);
    return { proposal, kept, wanted: kept.wanted };
  }
  if (name === undefined)
    throw new PermanentError('usage', "missing required argument 'runbook' (or --proposal)", {
      hint: 'runbook start --help',
    });
  const loaded = await soundRunbook(session, name);
  const kept = hash === undefined ? null : await keptPlan(session, loaded, hash, options, command);
  const wanted = kept?.wanted ?? (await wantedRun(session, loaded, options, command));
  return { proposal: null, kept, wanted };
}

/** Shows the plan and asks. Null where the answer is no. */
async function agreed(
  session: Session,
  wanted: Wanted,
  yes: boolean,
  proposal: Proposal | null,
  local: boolean,
): Promise<Plan | null> {
  const fresh = async (): Promise<Plan> =>
    local
      ? (await import('../local/plan.js')).plannedLocally(session, wanted)
      : planned(session, wanted);
  const plan = proposal?.plan ?? (await fresh());
  session.out.lines([...planView(plan, session.screen), blank]);
  if (proposal !== null) {
    const { by, at, reason } = proposal;
    const why = reason === '' ? '' : `: ${reason}`;
    session.out.lines([line(`proposed by ${by} at ${at}${why}`), blank]);
  }
  if (plan.refused) {
    throw new PermanentError('guard-failed', 'a guard does not hold; nothing was started', {
      hint: 'mend what the guards name, then start again',
    });
  }
  if (yes) return plan;
  const { confirmed } = await import('../render/ask.js');
  return (await confirmed('Start this run?')) ? plan : null;
}

/** Tells of a run that has begun, or was there already. */
async function announce(session: Session, begun: Begun, detached: boolean): Promise<void> {
  const server = await session.server();
  const { run, existed } = begun;
  const ui = runAddress(server, run);
  if (session.flags.json === true) {
    session.out.json({ type: 'started', run, existed, ui }, 'line');
    return;
  }
  if (existed) session.err.lines([line(`Run ${run} exists already; this is how it stands.`)]);
  else if (detached) {
    session.out.lines([
      line(run),
      ...(session.interactive
        ? [[span('runbook watch ', 'dim'), span(run, 'dim'), span(' follows it', 'dim')]]
        : []),
    ]);
  }
}

/** Somebody has started it, and this machine does not know of it. */
function startedAlready({ id }: Proposal): PermanentError {
  return new PermanentError('proposal-refused', `proposal ${id} was started already: run ${id}`, {
    hint: `runbook status ${id} shows it`,
  });
}

async function startIt(
  session: Session,
  wanted: Wanted,
  options: Options,
  plan: Plan | null,
  proposal: Proposal | null,
): Promise<Begun> {
  // Whoever starts a proposal, from whatever machine: it is one run.
  const id = textOption(options, 'id') ?? proposal?.id;
  return begin(session, wanted, {
    id: id === undefined ? null : checkId(id),
    wait: options['wait'] === true,
    plan,
    proposal,
  });
}

/** @throws PermanentError `usage` where flags do not fit each other */
function checkLocal(options: Options): void {
  const reason = textOption(options, 'reason')?.trim() ?? '';
  if (options['local'] !== true) {
    if (reason === '') return;
    throw new PermanentError('usage', '--reason is for a run without the server: --local');
  }
  if (reason === '')
    throw new PermanentError('usage', '--local needs a reason: it is kept with the run', {
      hint: 'add --reason "…"',
    });
  if (options['proposal'] !== undefined)
    throw new PermanentError('usage', '--local and --proposal exclude each other', {
      hint: 'start the runbook itself, with the inputs that were proposed',
    });
  if (options['detach'] === true)
    throw new PermanentError('usage', '--local and --detach exclude each other', {
      hint: 'a run without the server goes on as long as somebody follows it: use tmux or nohup',
    });
}

function isLocal(session: Session, id: string): boolean {
  return session.archive.find(id) !== null || localRun(session.state, id) !== null;
}

async function startLocally(
  session: Session,
  wanted: Wanted,
  options: Options,
  planHash: string | null,
): Promise<number> {
  const given = textOption(options, 'id');
  const id = given === undefined ? null : checkId(given);
  if (id !== null && isLocal(session, id)) {
    session.err.lines([line(`Run ${id} exists already; this is how it stands.`)]);
    const sight = lookLocallyOnce(session, id);
    if (session.flags.json === true) session.out.json(sight.record, 'line');
    else {
      const { runView } = await import('../view/run.js');
      session.out.lines(runView(sight, { ...session.screen, rows: null, tail: null }));
    }
    return exitOfRun(sight.record);
  }
  const { beginLocally } = await import('../local/start.js');
  return beginLocally(session, wanted, {
    id,
    reason: textOption(options, 'reason') ?? '',
    wait: options['wait'] === true,
    planHash,
  });
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[runbook]', 'name of the runbook, or its file')
      .option('-y, --yes', 'do not ask')
      .option('-d, --detach', 'print the id of the run and do not follow it')
      .option('--wait', 'queue for leases that other runs hold')
      .option(
        '--id <id>',
        'id of the run; where it exists already, it is shown and none is started',
      )
      .option('--plan <hash>', 'start exactly this plan, or refuse; the first digits will do')
      .option('--proposal <id>', 'start exactly what was proposed, or refuse; an id, or a file')
      .option('--local', 'without the server, from this machine, with a journal (break-glass)')
      .option('--reason <text>', 'with --local: why it does without the server (required)')
      .addHelpText(
        'after',
        '\nIn a terminal the plan is shown first, and a yes asked for. Ctrl-C leaves the view, never the run; with --local it stops the run at a safe point.',
      );
  },
  prepare: (session, command, argv) => prepareInputs(session, command, ofProposal(session, argv)),
  async run(session, [name], options, command) {
    checkLocal(options);
    const { proposal, kept, wanted } = await asked(session, name, options, command);
    let bound = kept?.plan ?? null;
    const id = textOption(options, 'id');
    const local = options['local'] === true;
    const there =
      id !== undefined && (local ? isLocal(session, id) : await exists(session, checkId(id)));
    if (session.interactive && (kept === null || proposal !== null) && !there) {
      const plan = await agreed(session, wanted, options['yes'] === true, proposal, local);
      if (session.signal.aborted) return exits.interrupted;
      if (plan === null) {
        session.err.lines([line('Nothing was started.')]);
        return exits.done;
      }
      bound = plan;
    }
    if (local) return startLocally(session, wanted, options, bound?.hash ?? null);
    const begun = await startIt(session, wanted, options, bound, proposal);
    if (proposal !== null && begun.existed && id === undefined) throw startedAlready(proposal);
    if (proposal !== null) keepProposal(session.state, { ...proposal, run: begun.run });
    const detached = options['detach'] === true;
    await announce(session, begun, detached);
    if (begun.ended !== null) {
      const { showEnded } = await import('../show-ended.js');
      await showEnded(session, begun.ended);
      return exitOfRun(begun.ended);
    }
    if (detached) return exits.done;
    const exit = await followRun(session, begun.run, begun.existed ? null : 0);
    if (kept !== null) await showMoved(session, kept, begun.run);
    return exit;
  },
};
