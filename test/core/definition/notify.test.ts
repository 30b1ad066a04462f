import { expect, test } from '@jest/globals';
import { loadProject, ProblemsError, type Files } from '../../../core/definition/loader.js';
import { formatProblem } from '../../../core/definition/problem.js';

const places = { state: '/state/p', cache: '/cache', package: '/pkg', id: '0123abcd' };

function load(notify: string): ReturnType<typeof loadProject> {
  const text = `apiVersion: runbook/v1\nname: lab\nnotify:\n${notify}`;
  const files: Files = {
    read: (path) => (path === '/p/runbook.yaml' ? text : null),
    list: () => [],
    resolve: (folder, path) => (path.startsWith('/') ? path : `${folder}/${path}`),
  };
  return loadProject(files, '/p', places);
}

function problems(notify: string): string[] {
  try {
    load(notify);
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(formatProblem);
  }
}

test('receivers are webhooks and commands; secrets come from the environment', () => {
  const { file } = load(`
  - id: on-call
    on: [parked, approval]
    webhook:
      url: https://events.example.com/runbook
      headers: { Authorization: { env: ON_CALL_AUTH }, X-Team: platform, X-Keyspace: a }
  - { id: chat, webhook: { url: { env: CHAT_URL } } }
  - { id: mail, on: [finished], command: [./notify.sh, --to, ops@example.com] }
`);
  expect(file.notify?.map(({ id }) => id)).toEqual(['on-call', 'chat', 'mail']);
});

test.each([
  ['  - { id: a }\n', '4:5 notify.0: needs one of webhook, command'],
  [
    '  - { id: a, command: [x], webhook: { url: "http://h" } }\n',
    '4:5 notify.0: has several of webhook, command: only one is possible',
  ],
  [
    '  - { id: a, on: [started], command: [x] }\n',
    "4:19 notify.0.on.0: 'started' is not one of parked, waiting, approval, finished, drift (valid: parked, waiting, approval, finished, drift)",
  ],
  [
    '  - { id: a, on: [parkd], command: [x] }\n',
    "4:19 notify.0.on.0: 'parkd' is not one of parked, waiting, approval, finished, drift (did you mean 'parked'?)",
  ],
  [
    '  - { id: a, on: [], command: [x] }\n',
    '4:18 notify.0.on: name at least one, or leave it out for all',
  ],
  [
    '  - { id: a, command: [x] }\n  - { id: a, command: [y] }\n',
    "5:11 notify.1.id: 'a' is there twice",
  ],
  ['  - { id: a, command: [] }\n', '4:23 notify.0.command: a command needs a program'],
  [
    '  - { id: a, command: "mail ops" }\n',
    '4:24 notify.0.command: Invalid input: expected array, received string',
  ],
  [
    '  - { id: a, webhook: { url: "file:///etc/passwd" } }\n',
    '4:31 notify.0.webhook.url: not a web address: write http://… or https://…',
  ],
  [
    '  - { id: a, webhook: { url: "https://ann:secret@h/" } }\n',
    '4:31 notify.0.webhook.url: a web address holds no user or password: put them into a header, with { env: NAME }',
  ],
  [
    '  - { id: a, webhook: { url: { env: "A B" } } }\n',
    '4:38 notify.0.webhook.url.env: not a name of an environment variable',
  ],
  [
    '  - { id: a, webhook: { url: "http://h", headers: { "x y": z } } }\n',
    '4:54 notify.0.webhook.headers.x y: not a name of a header',
  ],
  [
    '  - { id: a, webhook: { url: "http://h", headers: { Content-Type: z } } }\n',
    '4:53 notify.0.webhook.headers.Content-Type: this header is set by the delivery itself',
  ],
  [
    '  - { id: a, webhook: { url: "http://h", headers: { Authorization: Bearer x } } }\n',
    '4:68 notify.0.webhook.headers.Authorization: this looks like a secret: write { env: NAME } instead of the value',
  ],
  [
    '  - { id: a, webhook: { url: "http://h", header: { a: b } } }\n',
    "4:42 notify.0.webhook.header: unknown key 'header' (did you mean 'headers'?)",
  ],
])('%s is refused with its place', (text, problem) => {
  expect(problems(text)).toEqual([`/p/runbook.yaml:${problem}`]);
});
