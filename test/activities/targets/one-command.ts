import { createLogStore } from '../../../activities/log/store.js';
import { createTargetAccess } from '../../../activities/targets/access.js';
import type { Job } from './worker-process.js';

// A worker that does one job and tells on standard output how it went.
const job = JSON.parse(process.argv[2] ?? '') as Job;
const { stateDir, knownHosts, run, step, verb, attempt, fence, leases = [] } = job;
const access = createTargetAccess({ stateDir, knownHosts });
const logs = createLogStore({ dir: `${stateDir}/logs`, worker: `worker-${process.pid}` });
const rssBefore = process.memoryUsage().rss;
let peak = rssBefore;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 5);
const nobody = {
  asked: () => undefined,
  begun: () => undefined,
  waits: () => undefined,
  found: () => undefined,
  leaves: () => false,
};
const target = access.open(job.target, job.inventory, {
  run,
  step,
  verb,
  attempt,
  fence,
  leases,
  ...(job.once === true ? { once: nobody } : {}),
  signal: new AbortController().signal,
  log: logs.step({ run, step, verb, attempt }),
});
const [command, ...args] = job.command;
const options = { timeout: job.timeout, sudo: job.sudo ?? false };
const answer = await target.run(command, args, options).then(
  ({ exitCode, stdout, truncated }) => ({ exitCode, stdout: stdout.slice(0, 10_000), truncated }),
  (error: Error & { code?: string }) => ({ code: error.code, message: error.message }),
);
clearInterval(watch);
peak = Math.max(peak, process.memoryUsage().rss);
process.stdout.write(JSON.stringify({ ...answer, grownBytes: peak - rssBefore }));
await logs.close();
await access.close();
