import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandModule } from '../command.js';
import { stopEverything } from '../embedded/stop.js';
import { exits } from '../exit.js';
import { quoted } from '../inputs/flags.js';
import type { Session } from '../session.js';
import { tourFiles } from '../tour/project.js';
import { ownCommand, tourEnvironment } from '../tour/run.js';
import { story, type Scene } from '../tour/story.js';
import { blank, line, span } from '../view/line.js';
import { wrap } from '../view/width.js';

/** Where the tour takes place. */
interface Stage {
  readonly session: Session;
  readonly folder: string;
  readonly environment: Record<string, string | undefined>;
  readonly pause: boolean;
}

async function breath({ session, pause }: Stage): Promise<void> {
  if (!pause || session.signal.aborted) return;
  const { ask } = await import('../render/ask.js');
  await ask('Enter goes on. ');
}

/** Plays one scene; false where it did not go as the story has it. */
async function play(stage: Stage, scene: Scene): Promise<boolean> {
  const { session, folder } = stage;
  const { out, glyphs } = session;
  switch (scene.kind) {
    case 'say':
      out.lines([
        blank,
        ...wrap(scene.text, Math.min(out.columns, 88)).map((text) => line(text, 'strong')),
      ]);
      return true;
    case 'hand':
      out.lines([blank, [span('$ ', 'dim'), span(scene.shown, 'busy')]]);
      if (scene.text === null) mkdirSync(join(folder, scene.path));
      else writeFileSync(join(folder, scene.path), scene.text);
      return true;
    case 'read':
      out.lines([
        blank,
        [span('$ ', 'dim'), span(`cat ${scene.path}`, 'busy')],
        line(readFileSync(join(folder, scene.path), 'utf8').trimEnd()),
      ]);
      return true;
    case 'run': {
      const words = ['runbook', ...scene.args.map(quoted)].join(' ');
      out.lines([blank, [span('$ ', 'dim'), span(words, 'busy')]]);
      const code = await ownCommand(scene.args, folder, stage.environment);
      if (scene.exits.includes(code)) return true;
      if (!session.signal.aborted)
        session.err.lines([line(`${glyphs.failed} that was not to be: exit code ${code}`, 'bad')]);
      return false;
    }
    case 'breath':
      await breath(stage);
      return true;
    default: {
      const never: never = scene;
      return never;
    }
  }
}

async function playAll(stage: Stage): Promise<number> {
  for (const scene of story('publish-1', 'publish-2')) {
    if (!(await play(stage, scene))) return exits.failed;
    if (stage.session.signal.aborted) return exits.interrupted;
  }
  stage.session.out.lines([
    blank,
    line('That was it. Next: runbook init my-project', 'strong'),
    line(
      'What steps can do: runbook actions. What is wrong with a machine: runbook doctor.',
      'dim',
    ),
  ]);
  return exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command
      .option('-y, --yes', 'do not wait for Enter between the chapters')
      .addHelpText(
        'after',
        '\nTakes place in a folder of its own, with a server of its own; both are gone afterwards.',
      );
  },
  async run(session, _args, options) {
    const folder = mkdtempSync(join(tmpdir(), 'runbook-tour-'));
    const state = join(folder, '.state');
    const { signal } = session;
    try {
      for (const [path, text] of Object.entries(tourFiles)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const environment = tourEnvironment(session.environment, state, session.cache);
      const pause = session.interactive && options['yes'] !== true;
      return await playAll({ session, folder, environment, pause });
    } finally {
      if (!signal.aborted) session.progress.say('clearing up');
      await stopEverything(state);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      session.progress.done();
    }
  },
};
