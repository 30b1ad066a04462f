import type { CommandModule } from '../command.js';
import type { Check } from '../doctor/check.js';
import { codecCheck } from '../doctor/codec.js';
import { runsCheck, serverCheck, workerCheck } from '../doctor/engine.js';
import { notificationsCheck } from '../doctor/notifications.js';
import {
  binaryCheck,
  clockCheck,
  goCheck,
  localeCheck,
  nodeCheck,
  packageCheck,
  stateCheck,
  toolChecks,
} from '../doctor/machine.js';
import { secretsChecks } from '../doctor/secrets.js';
import { exits } from '../exit.js';
import type { Session } from '../session.js';
import { checksView } from '../view/checks.js';

/** The project's files, as a check of their own: everything else goes on without them. */
async function projectChecks(session: Session): Promise<Check[]> {
  const { ProblemsError } = await import('../../core/definition/loader.js');
  try {
    const { name, folder, inventory } = await session.project();
    const targets = Object.keys(inventory.hosts).length + Object.keys(inventory.clusters).length;
    const found = session.folder.found
      ? `${name} in ${folder}, ${targets} targets`
      : 'none here: only the host local and the packaged runbooks';
    return [
      { name: 'project', status: 'ok', found, mend: null },
      ...toolChecks(inventory, session.environment),
    ];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const found = `${error.problems.length} problems in its files`;
    return [{ name: 'project', status: 'broken', found, mend: 'runbook validate names them' }];
  }
}

async function everything(session: Session, targets: boolean): Promise<Check[]> {
  const configured = (await session.endpoint()).kind === 'configured';
  const checks = [
    nodeCheck(process.versions.node),
    packageCheck(),
    stateCheck(session.state),
    localeCheck(session.environment),
    await clockCheck(),
    await goCheck(session.environment),
    ...(configured ? [] : [await binaryCheck(session)]),
    ...(await projectChecks(session)),
    ...(await codecCheck(session)),
    await serverCheck(session),
    await workerCheck(session),
    ...(await runsCheck(session)),
    ...(await notificationsCheck(session)),
    ...(await secretsChecks(session)),
  ];
  if (!targets) return checks;
  const { targetChecks } = await import('../doctor/targets.js');
  return [...checks, ...(await targetChecks(session))];
}

export const command: CommandModule = {
  configure(command) {
    command
      .option('--targets', 'also reach for every host of the inventory, the way a run would')
      .addHelpText('after', '\nExit code 1 where something is broken.');
  },
  async run(session, _args, options) {
    const checks = await everything(session, options['targets'] === true);
    const good = checks.every((check) => check.status !== 'broken');
    if (session.flags.json === true) session.out.json({ ok: good, checks });
    else session.out.lines(checksView(checks, session.screen));
    return good ? exits.done : exits.failed;
  },
};
