import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { CommandRun } from '../../../../core/evidence.js';
import { escapeHtml, reportHtml } from '../../../../client/view/report/html.js';
import { reportMarkdown } from '../../../../client/view/report/markdown.js';
import { reportOf } from '../../../../client/view/report/model.js';
import { at, changed, record, step, waiting } from '../../records.js';

/** Markup, terminal sequences, and characters that reorder or hide text. */
const hostile =
  '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&\u001b[31mred\u001b[0m\u202Egnp.exe\u2066\u200B\u0000';

const command: CommandRun = {
  at: at(4),
  lastAt: at(4),
  step: `drain${hostile}`,
  verb: 'apply',
  attempt: 2,
  target: hostile,
  command: `echo ${hostile}`,
  times: 1,
  exits: [{ code: 1, times: 1 }],
  longestMs: 400,
  output: `${hostile}\nsecond line\n`,
  outputBytes: 12,
  sha256: 'a'.repeat(64),
};

const everything = record({
  run: `r-1${hostile}`,
  title: hostile,
  state: 'stopped',
  endedAt: at(95),
  startedBy: hostile,
  inputs: { [hostile]: hostile },
  outputs: { [hostile]: { deep: hostile } },
  targets: [hostile],
  locks: [hostile],
  failure: { code: 'internal', message: hostile, hint: hostile, class: 'permanent' },
  steps: [
    { ...changed(`cordon${hostile}`, 1, 3, hostile), before: { [hostile]: hostile } },
    step('drain', {
      outcome: 'failed',
      startedAt: at(3),
      endedAt: at(63),
      action: hostile,
      target: hostile,
      failure: { code: hostile, message: hostile, hint: hostile, class: 'permanent' },
    }),
    step('skipped', { outcome: 'skipped', note: hostile }),
  ],
  probes: [
    { id: hostile, sent: 2, failed: 1, longestGapMs: 5, maxFailed: 3, lastFailure: hostile },
  ],
  decisions: [{ at: at(70), by: hostile, verb: 'cancel', step: hostile, reason: hostile }],
  waitingFor: [waiting(hostile, { message: hostile })],
});
const page = reportHtml(reportOf(everything, { commands: [command], commandsLeftOut: 3 }));

/** Tags in the order in which they stand. */
function tags(html: string): string[] {
  return [...html.matchAll(/<(\/?[a-z0-9]+)/g)].map(([, tag = '']) => tag);
}

describe('text from outside', () => {
  test('is no markup: the page has the tags that we write, each closed in its turn', () => {
    const ours =
      'html head meta title style body main h1 p table tbody tr th td div thead nav a section h2 ul li code span strong details summary pre';
    const open: string[] = [];
    for (const tag of tags(page)) {
      if (tag === 'meta') continue;
      if (tag.startsWith('/')) expect(open.pop()).toBe(tag.slice(1));
      else open.push(tag);
      expect(ours.split(' ')).toContain(tag.replace('/', ''));
    }
    expect(open).toEqual([]);
  });

  test('arrives whole, escaped', () => {
    const shown =
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;&quot;&#39;&amp;\\x1b[31mred\\x1b[0m\\u202egnp.exe\\u2066\\u200b\\x00';
    expect(escapeHtml(hostile)).toBe(shown);
    for (const place of [
      `<h1>r-1${shown}: stopped</h1>`,
      `<title>r-1${shown}: stopped</title>`,
      `<td>${shown}</td>`,
      `by ${shown}: ${shown}</li>`,
      `<code class="long">echo ${shown}</code>`,
      `<pre>${shown}\nsecond line\n[12 bytes of standard output, sha256 ${'a'.repeat(64)}]</pre>`,
    ])
      expect(page).toContain(place);
  });

  test('moves no cursor and turns no line round', () => {
    expect(page).not.toMatch(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
    );
  });
});

describe('the page', () => {
  test('needs nothing from elsewhere, and may load nothing', () => {
    const attributes = [...page.matchAll(/<[^>]*\s(src|href|action|style|on\w+)="([^"]*)"/g)];
    expect(attributes.length).toBeGreaterThan(3);
    for (const [, name, value] of attributes) {
      expect(name).toBe('href');
      expect(value).toMatch(/^#[a-z-]+$/);
      expect(page).toContain(`id="${(value ?? '').slice(1)}"`);
    }
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    expect(style).not.toMatch(/url\(|@import/);
    expect(style).toContain('prefers-color-scheme: dark');
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-${hash}';`);
  });

  test('tells what the Markdown tells', () => {
    const plain = record({
      state: 'undone',
      endedAt: at(95),
      steps: [changed('cordon', 1, 3, 'schedulable')],
      decisions: [{ at: at(70), by: 'ada@ops', verb: 'undo', step: null, reason: 'wrong node' }],
    });
    const report = reportOf(plain, {
      commands: [{ ...command, step: 'drain', command: 'kubectl get' }],
      commandsLeftOut: 0,
    });
    const markdown = reportMarkdown(report);
    const html = reportHtml(report);
    const sections = [...markdown.matchAll(/^## (.*)$/gm)].map(([, title = '']) => title);
    expect(sections).toEqual(
      expect.arrayContaining(['Steps', 'Decisions', 'Timeline', 'Commands']),
    );
    for (const title of sections) expect(html).toContain(`<h2>${title}</h2>`);
    for (const word of ['ada@ops', 'wrong node', 'kubectl get', '12:01:10', 'after 1m35s']) {
      expect(markdown).toContain(word);
      expect(html).toContain(word);
    }
  });
});
