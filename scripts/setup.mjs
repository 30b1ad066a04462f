import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { giveUp, has, output, run, say } from './run.mjs';

export const root = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** Node's and Go's versions, and git: what everything else is made with. */
export async function checkTools() {
  const missing = [];
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    missing.push(
      `Node.js ${process.versions.node} is too old: 20.19 or later is needed (nodejs.org)`,
    );
  }
  const go = /go(\d+)\.(\d+)/.exec((await output('go', ['version'])) ?? '');
  if (go === null) missing.push('Go is missing: 1.25 or later is needed (go.dev/doc/install)');
  else if (Number(go[1]) === 1 && Number(go[2]) < 25) {
    missing.push(`Go ${go[1]}.${go[2]} is too old: 1.25 or later is needed (go.dev/doc/install)`);
  }
  if (!has('git')) missing.push('git is missing: apt-get install git');
  if (missing.length > 0)
    giveUp('This machine lacks something:', ...missing.map((line) => `  - ${line}`));
}

/** Why no lab can run here, or null. */
export function noLab() {
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.getuid?.() !== 0)
    return 'the lab needs root (it makes network namespaces and machines)';
  if (!has('apt-get')) return 'the lab needs Debian or Ubuntu (apt)';
  return null;
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Installs the packages of package-lock.json; nothing to do where they are there. */
export async function installPackages() {
  const mark = join(root, 'node_modules', '.installed');
  const wanted = hashOf(['package.json', 'package-lock.json']);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  say('installing npm packages');
  if ((await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root })) !== 0) {
    giveUp('npm ci failed: its own message is above.');
  }
  writeFileSync(mark, wanted);
}

function sources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sources(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    })
    .sort();
}

const compiled = [
  'core',
  'plugins',
  'activities',
  'workflows',
  'labs',
  'worker',
  'client',
  'scripts',
];

/** Compiles, where a source has changed since the last time. */
export async function build() {
  const mark = join(root, 'dist', '.built');
  const files = [...compiled.flatMap(sources), 'tsconfig.json', 'package-lock.json'];
  const wanted = hashOf(files.filter((file) => statSync(join(root, file)).isFile()));
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  say('compiling');
  if ((await run('npm', ['run', '--silent', 'build'], { cwd: root })) !== 0) {
    giveUp("The build failed: the compiler's message is above.");
  }
  writeFileSync(mark, wanted);
}
