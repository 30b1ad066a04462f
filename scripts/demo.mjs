import { join } from 'node:path';
import { buildParts, installLabTools, runbook } from './lab.mjs';
import { giveUp, run, say } from './run.mjs';
import { build, checkTools, installPackages, noLab, root } from './setup.mjs';

// All set-up, then the main job on a real cluster: a node leaves service, is restarted, and comes back. Reuses what is
// there; safe to run again. What it leaves running is named at the end, with the commands that remove it.

const cli = join('dist', 'client', 'main.js');
const node = 'k8s-w0';

await checkTools();
await installPackages();
await build();

const without = noLab();
if (without === null) await maintenance();
else await tour(without);

/** The main job on the lab. */
async function maintenance() {
  say('tools of the lab (apt)');
  await installLabTools();
  // The server's program first: it is found as soon as it is there.
  say('the Temporal CLI: built once');
  await must(buildParts(['temporal']), 'the Temporal CLI could not be built');
  say("the lab's parts: built once, about 25 minutes from nothing");
  await must(buildParts(), "the lab's parts could not be built");

  say('lab-up: three nodes, a router and a client');
  await must(runbook(['start', 'lab-up', '--yes']), 'the lab did not come up');
  say(`node-maintenance: ${node} leaves service, is restarted, and comes back`);
  const id = `demo-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
  await must(
    runbook(
      `start node-maintenance --node ${node} --work node-restart --id ${id} --yes`.split(' '),
    ),
    'the maintenance did not end well',
  );
  say('the report');
  await must(runbook(['report', id, '--summary']), 'there is no report');
  say('the Web UI, with the history of both runs');
  await must(runbook(['ui']), 'the Web UI has no address');
  process.stdout.write(`
The lab and the server go on running. From this folder:
  node ${cli} --project cilium-bgp plan node-maintenance --node ${node}
  node ${cli} --project cilium-bgp runs
  node ${cli} --project cilium-bgp start lab-down     # removes the lab
  node ${cli} dev stop                                # stops server and worker
`);
}

/** What can be shown anywhere. */
async function tour(why) {
  say(`no lab here: ${why}. Instead: the tour, on this machine alone.`);
  await must(
    run(process.execPath, [join(root, cli), 'tour', '--yes']),
    'the tour did not end well',
  );
}

async function must(work, otherwise) {
  if ((await work) !== 0) giveUp(`${otherwise}: see above. Run the same command again to go on.`);
}
