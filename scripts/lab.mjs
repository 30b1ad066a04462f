import { join } from 'node:path';
import { output, run } from './run.mjs';
import { root } from './setup.mjs';

const cli = join(root, 'dist', 'client', 'main.js');

/** Runs the product's own CLI. */
export function runCli(args, env = {}) {
  return run(process.execPath, [cli, ...args], { cwd: root, env });
}

/** What the product's own CLI prints, or null where it failed. */
export function askCli(args, env = {}) {
  return output(process.execPath, [cli, ...args], env);
}

/** Runs the product's own CLI on the lab's project. */
export function runbook(args) {
  return runCli(['--project', 'cilium-bgp', ...args]);
}

/** Debian packages that the lab and its tests use. */
export async function installLabTools({ test = false } = {}) {
  const { builderPackages, ensureAptPackages } = await import('../dist/labs/parts/index.js');
  const { hostPackages } = await import('../dist/plugins/nspawn/preflight.js');
  // curl is what http.probe calls with.
  const lab = [...builderPackages, ...hostPackages, 'curl'];
  const shells = ['sudo', 'zsh', 'fish'];
  const routing = ['frr', 'frr-pythontools', 'netplan.io'];
  // iptables: faults of the network between a worker and a host.
  const tests = ['openssh-server', 'tmux', 'iptables', ...routing, 'procps', 'tshark', ...shells];
  await ensureAptPackages([...lab, ...(test ? tests : [])]);
}

/** Builds what the lab is made of; a look where it is there already. */
export function buildParts(names = []) {
  return run(process.execPath, [join(root, 'dist', 'labs', 'parts', 'build.js'), ...names]);
}
