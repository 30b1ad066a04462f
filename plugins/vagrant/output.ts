/** One line of `--machine-readable`: `time,machine,type,data…`. */
export interface Line {
  /** Machine it is about; empty for none. */
  readonly machine: string;
  readonly type: string;
  readonly data: readonly string[];
}

/** A comma in a value is written as a word, and a line break as an escape. */
function plain(field: string): string {
  return field
    .replaceAll('%!(VAGRANT_COMMA)', ',')
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll(String.raw`\r`, '\r');
}

/** Parses what vagrant printed; lines of a guest, of Ruby and of plugins are left out. */
export function parseLines(stdout: string): Line[] {
  return stdout.split('\n').flatMap((line) => {
    if (!/^\d+,[^,]*,[a-z][a-z0-9_-]*/.test(line)) return [];
    const [, machine = '', type = '', ...data] = line.split(',');
    return [{ machine: plain(machine), type, data: data.map(plain) }];
  });
}

/** What a machine's line of a type says; null where there is none. The last one counts. */
export function said(lines: readonly Line[], machine: string, type: string): string | null {
  return lines.findLast((line) => line.machine === machine && line.type === type)?.data[0] ?? null;
}

/** Why a command failed: the class of Ruby, and its text. */
export interface Fault {
  readonly kind: string;
  readonly text: string;
}

/** Out of a trace of Ruby: `file:9:in 'block': text (Fog::Errors::TimeoutError)`. */
const trace = /: (?<text>[^\n]+?) \((?<kind>[A-Z][A-Za-z0-9]*(?:::[A-Z][A-Za-z0-9]*)+)\)$/m;

/**
 * What went wrong: the last `error-exit`, else a trace of Ruby (which vagrant lets through where it
 * foresaw nothing), else what was said as an error or on standard error; null where nothing was.
 */
export function faultOf(stdout: string, stderr: string): Fault | null {
  const lines = parseLines(stdout);
  const exit = lines.findLast(({ type }) => type === 'error-exit');
  if (exit !== undefined) return { kind: exit.data[0] ?? '', text: exit.data[1] ?? '' };
  const { kind, text } = trace.exec(stderr)?.groups ?? {};
  if (kind !== undefined && text !== undefined) return { kind, text };
  const told = lines.findLast(({ type, data }) => type === 'ui' && data[0] === 'error')?.data[1];
  const words = (told ?? stderr).trim();
  return words === '' ? null : { kind: '', text: words };
}
