import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askCli, runCli } from './lab.mjs';
import { jest, Tally } from './jest.mjs';
import { say } from './run.mjs';
import { root } from './setup.mjs';

const lab = join(root, 'labs', 'cilium-bgp');
const extra = join(root, 'test', 'lab', 'project');

/** A copy of the lab's project with a spare machine in its inventory. */
async function makeProject(folder) {
  const { parse, stringify } = await import('yaml');
  const read = (path) => parse(readFileSync(path, 'utf8'));
  cpSync(lab, folder, { recursive: true });
  const inventory = read(join(folder, 'inventory.yaml'));
  inventory.hosts.spare = read(join(extra, 'spare.yaml'));
  writeFileSync(join(folder, 'inventory.yaml'), stringify(inventory));
  for (const name of ['spare-up.yaml', 'spare-down.yaml'])
    cpSync(join(extra, name), join(folder, 'runbooks', name));
}

/** The inventory of the running lab, for tests that open its targets themselves. */
async function writeFacts(file, folder, state) {
  const { loadProject } = await import('../dist/core/definition/loader.js');
  const places = await import('../dist/core/definition/places.js');
  const { packageFolder, system: plain } = await import('../dist/worker/system.js');
  const system = { ...plain, environment: { ...process.env, RUNBOOK_STATE_DIR: state } };
  const { inventory } = loadProject(places.filesOf(system), folder, {
    state: places.projectState(system, folder),
    cache: places.cacheFolder(system),
    package: packageFolder,
    id: places.projectId(system, folder),
  });
  writeFileSync(file, JSON.stringify({ inventory, stateDir: state, project: folder }));
}

/** The test files of a folder. */
function filesIn(folder) {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts'));
  return names.sort().map((name) => join(folder, name));
}

/** Ends runs that tests have left open when they failed: they hold what a restore needs. */
async function endOpenRuns(folder, env) {
  const { endedStates } = await import('../dist/core/run/outcome.js');
  const cli = (...args) => runCli(['--project', folder, ...args], env);
  const runs = await askCli(['--project', folder, 'runs', '--json'], env);
  for (const { run, state } of JSON.parse(runs ?? '[]')) {
    if (endedStates.includes(state)) continue;
    await cli('cancel', run, '--reason', 'the test that began it has failed', '--yes');
    await cli('watch', run);
  }
}

/**
 * Brings a lab up by the product's own runbook, runs the tests on it, and takes it down. The files of a folder each
 * find the lab as it was when it was new: it is saved before the first, and restored before every other.
 */
export async function labTests(paths) {
  const tally = new Tally();
  const home = mkdtempSync(join(tmpdir(), 'runbook-lab-'));
  const [state, folder, facts] = ['state', 'project', 'lab.json'].map((name) => join(home, name));
  const env = { RUNBOOK_STATE_DIR: state };
  const start = (name) => runCli(['--project', folder, 'start', name, '--yes'], env);
  const must = async (name) => {
    say(name);
    if ((await start(name)) === 0) return true;
    tally.failed += 1;
    say(`${name} failed`);
    return false;
  };
  try {
    await makeProject(folder);
    if (!(await must('lab-up')) || !(await must('spare-up'))) return tally;
    await writeFacts(facts, folder, state);
    const told = { ...env, RUNBOOK_TEST_LAB: facts };
    const folders = paths.filter((path) => path.endsWith('/'));
    const others = paths.filter((path) => !folders.includes(path));
    if (others.length > 0) {
      say('tests on the lab');
      tally.add(await jest(['--runInBand', ...others], told));
    }
    const each = folders.flatMap(filesIn);
    if (each.length > 0 && !(await must('lab-save'))) return tally;
    for (const [at, file] of each.entries()) {
      // Where that fails, the next file meets the lab as the last one has left it.
      if (at > 0) {
        if (tally.failed > 0) await endOpenRuns(folder, env);
        await must('lab-restore');
      }
      say(`${file}, ${at + 1} of ${each.length}`);
      tally.add(await jest(['--runInBand', '--runTestsByPath', file], told));
    }
  } finally {
    if (existsSync(folder)) {
      await must('spare-down');
      await must('lab-down');
    }
    await runCli(['dev', 'stop'], env);
    if (tally.failed === 0) rmSync(home, { recursive: true, force: true });
    else say(`logs and records of the failed run are kept in ${home}`);
  }
  return tally;
}
