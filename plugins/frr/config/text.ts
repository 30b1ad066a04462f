import { createHash } from 'node:crypto';

/** sha256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The content with its secrets in their places, ending with a newline. */
export function fillSecrets(content: string, secrets: Readonly<Record<string, string>>): string {
  let text = content;
  for (const [name, secret] of Object.entries(secrets)) {
    text = text.replaceAll(`@${name}@`, () => secret);
  }
  return text.endsWith('\n') ? text : `${text}\n`;
}

function topLines(text: string): string[] {
  return text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
}

function firstWith(lines: readonly string[], start: string): string | undefined {
  return lines.find((line) => line.startsWith(start));
}

/** Profile of defaults, such as `traditional`; null where the text names none. */
export function profileOf(text: string): string | null {
  return firstWith(topLines(text), 'frr defaults ')?.slice('frr defaults '.length) ?? null;
}

/** Whether the text wants each daemon to have a file of its own: then a reload cannot work. */
export function wantsSplitFiles(text: string): boolean {
  return topLines(text).includes('no service integrated-vtysh-config');
}

/** What is compared with the running configuration, and handed to the reload. */
export interface Candidate {
  readonly text: string;
  /** Lines put before the content: what a line number is too high by. */
  readonly offset: number;
}

/**
 * The content as a reload must see it. `frr-reload.py` undoes every line of the running configuration
 * that the file lacks, also those that FRR shows for what is the host's, not its own: the host name,
 * and forwarding that is off. It would switch IPv6 forwarding on only because the file does not speak
 * of it. So what the content leaves open is filled in as it is. `ip forwarding` is never shown where it
 * is on, nor is the version that the content states.
 */
export function candidateOf(content: string, running: string): Candidate {
  const own = topLines(content);
  const shown = topLines(running);
  const head: string[] = [];
  const hostname = firstWith(shown, 'hostname ');
  if (hostname !== undefined && firstWith(own, 'hostname ') === undefined) head.push(hostname);
  for (const family of ['ip', 'ipv6'] as const) {
    const off = `no ${family} forwarding`;
    const silent = !own.includes(off) && !own.includes(`${family} forwarding`);
    if (silent && shown.includes(off)) head.push(off);
  }
  const dropped = /^(?:frr (?:version|defaults) .*|ip(?:v6)? forwarding)$/;
  const body = content
    .split('\n')
    .map((line, index) => (dropped.test(own[index] ?? '') ? '!' : line));
  return { text: [...head, ...body].join('\n'), offset: head.length };
}

/**
 * Sum of a running configuration, whatever the order in which FRR happens to list it: blocks and the
 * lines in them sorted, comments left out.
 */
export function runningSum(running: string): string {
  const path: string[] = [];
  const lines: string[] = [];
  for (const line of running.split('\n')) {
    const text = line.trim();
    if (
      text === '' ||
      text.startsWith('!') ||
      /^(?:end|exit.*|Building .*|Current .*)$/.test(text)
    ) {
      continue;
    }
    const depth = line.length - line.trimStart().length;
    path.length = Math.min(path.length, depth);
    lines.push([...path, text].join(' › '));
    path[depth] = text;
  }
  return sha256(lines.sort().join('\n'));
}
