import { parseArgs } from 'node:util';
import { Dice } from './dice.js';
import { partNames, parts, played, type Played } from './rounds.js';
import { Rig } from './rig.js';
import { Tally } from './tally.js';

// The long run of the fault suite; see docs/faults.md.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0' },
    seed: { type: 'string' },
    only: { type: 'string', multiple: true },
    lanes: { type: 'string', default: '1' },
    tally: { type: 'string' },
  },
});
const tally = new Tally(values.tally ?? null);
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? tally.nextSeed ?? Date.now() % 1_000_000);
const lanes = Number(values.lanes);
const unknown = (values.only ?? []).filter((name) => !partNames.includes(name));
if (![minutes, seed, lanes].every(Number.isFinite) || lanes < 1 || unknown.length > 0) {
  process.stderr.write(
    `usage: numbers for --minutes, --seed, --lanes; --only ${partNames.join(', ')}\n`,
  );
  process.exit(64);
}

const wanted = parts.filter(({ name }) => values.only?.includes(name) ?? true);
const chosen = wanted.filter(({ name, lacks }) => {
  const lacking = lacks?.() ?? [];
  if (lacking.length > 0) process.stdout.write(`no ${name} here: needs ${lacking.join(', ')}\n`);
  return lacking.length === 0;
});
if (chosen.length === 0) process.exit(1);
const end = Date.now() + minutes * 60_000;
const begun = performance.now();
let next = 0;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(130);
    stopping = true;
    say('ends after the rounds that are under way; once more: at once, and leaves its processes');
  });
}

function say(text: string): void {
  const seconds = Math.round((performance.now() - begun) / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  process.stdout.write(`[${clock}] ${text}\n`);
}

/** Everything once, then again with other seeds until the time is over. */
function more(): boolean {
  return !stopping && (next < chosen.length || Date.now() < end);
}

async function round(at: number): Promise<void> {
  const part = chosen[at % chosen.length];
  if (part === undefined) return;
  const own = seed + at;
  const rig = new Rig();
  const from = Date.now();
  let result: Played;
  try {
    result = await played(part, rig, new Dice(own));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const violations = [{ invariant: 'I8', what }] as const;
    result = { trials: 1, histories: 0, violations, recoveries: [], late: [] };
  }
  const { trials, histories, violations, recoveries, late } = result;
  const faults = Object.fromEntries(rig.nemesis.done);
  const known = { name: part.name, seed: own, trials, histories, violations, faults, recoveries };
  tally.add({ ...known, from, to: Date.now() });
  const kept = violations.length > 0;
  say(`${part.name} (seed ${own}): ${trials} trials, ${kept ? 'BROKEN' : 'sound'}`);
  for (const { invariant, what } of violations) say(`  ${invariant} ${what}`);
  for (const what of late) say(`  begun again late: ${what}`);
  if (kept) say(`  kept: ${rig.bench.folder}`);
  await rig.close(kept);
}

async function lane(): Promise<void> {
  while (more()) {
    const at = next;
    next += 1;
    await round(at);
  }
}

say(`seed ${seed}; at least ${chosen.length} rounds, at least ${minutes} minutes`);
await Promise.all(Array.from({ length: lanes }, lane));
process.stdout.write(`\n${tally.lines().join('\n')}\n`);
process.exitCode = tally.sound ? 0 : 1;
