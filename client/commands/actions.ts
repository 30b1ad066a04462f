import type { AnyAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { actionsFor, allPlugins } from '../plugins.js';
import type { Session } from '../session.js';
import { actionView, pluginsView, type ActionDoc } from '../view/action.js';

/** What is told of an action. */
async function docOf(action: AnyAction): Promise<ActionDoc> {
  const { jsonSchema } = await import('../../core/definition/shape.js');
  const { name, summary, impact, on, slow, repeatable, timeout, settle, notes, examples } = action;
  return {
    name,
    summary,
    impact,
    on,
    slow,
    repeatable: typeof repeatable === 'function' ? 'by input' : repeatable,
    timeout,
    settle: { timeout: settle.timeout, every: settle.every },
    undo: typeof action.undo === 'string' ? action.undo : 'reversible',
    probe: action.every !== undefined,
    notes: notes ?? null,
    input: jsonSchema(action.input, 'input'),
    output: jsonSchema(action.output, 'output'),
    examples: examples.map(({ title, input }) => ({ title, input })),
  };
}

async function one(session: Session, name: string): Promise<number> {
  const known = await actionsFor(new Set([name]));
  const action = known?.get(name);
  if (action === undefined) {
    const plugins = await allPlugins();
    const plugin = plugins.find((candidate) => candidate.name === name);
    if (plugin !== undefined) {
      session.out.lines(pluginsView([plugin], session.screen));
      return exits.done;
    }
    const names = plugins.flatMap((candidate) => candidate.actions).map((found) => found.name);
    const { didYouMean } = await import('../../core/definition/nearest.js');
    throw new PermanentError('action-unknown', `there is no action '${name}'`, {
      hint: didYouMean(name, names) ?? 'runbook actions lists them',
    });
  }
  const doc = await docOf(action);
  if (session.flags.json === true) {
    session.out.json([doc]);
    return exits.done;
  }
  const { writeYaml } = await import('../../core/definition/write.js');
  session.out.lines(actionView(doc, writeYaml, session.screen));
  return exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command.argument('[name]', 'an action such as linux.file, or a plugin such as linux');
  },
  async run(session, [name]) {
    if (name !== undefined) return one(session, name);
    const plugins = await allPlugins();
    if (session.flags.json === true) {
      session.out.json(await Promise.all(plugins.flatMap((plugin) => plugin.actions).map(docOf)));
    } else {
      session.out.lines(pluginsView(plugins, session.screen));
    }
    return exits.done;
  },
};
