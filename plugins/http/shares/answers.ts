/** One call of many. */
export interface Answer {
  readonly ok: boolean;
  readonly body: string;
  /** Port of the caller's side. */
  readonly localPort: number;
}

/** Between answers: a character that no text has. */
const mark = '\u001e';

/** Configuration of curl for so many calls, one after the other, each with a connection of its own. */
export function curlConfig(url: string, calls: number, timeoutMs: number): string {
  const common = [
    'globoff',
    'no-progress-meter',
    'noproxy = "*"',
    'proto = "=http,https"',
    'header = "Connection: close"',
    `max-time = ${timeoutMs / 1000}`,
    `write-out = "${mark}%{exitcode} %{http_code} %{local_port}${mark}"`,
  ];
  return [...common, ...Array.from({ length: calls }, () => `url = "${url}"`)].join('\n');
}

/**
 * Reads what curl printed.
 * @throws TypeError when it is something else.
 */
export function parseAnswers(stdout: string): Answer[] {
  const pieces = stdout.split(mark);
  if (pieces.length % 2 !== 1) throw new TypeError('not the answers of curl');
  const answers: Answer[] = [];
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const facts = /^(\d+) (\d+) (-?\d+)$/.exec(pieces[at + 1] ?? '');
    if (facts === null) throw new TypeError('not the answers of curl');
    const [, exit, status, localPort] = facts.map(Number);
    const ok = exit === 0 && status !== undefined && status >= 200 && status < 400;
    answers.push({ ok, body: pieces[at] ?? '', localPort: localPort ?? 0 });
  }
  return answers;
}

/** What stands behind a word in an answer, such as `webpod-1` of the line `Hostname: webpod-1`. */
export function after(body: string, word: string): string | null {
  const line = body.split('\n').find((one) => one.startsWith(word));
  return line === undefined ? null : line.slice(word.length).trim();
}
