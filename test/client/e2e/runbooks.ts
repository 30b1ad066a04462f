import type { Bench } from './cli.js';

/** Writes the runbooks of the tests: files below the bench, and gates that tests open. */
export function writeRunbooks(bench: Bench): void {
  bench.runbook(
    'quick',
    `title: Write a file
inputs:
  text: { type: string, description: What it says., default: hello }
steps:
  - { id: file, action: linux.file, input: { path: FOLDER/quick.txt, content: "\${{ inputs.text }}" } }
`,
  );
  // The gate opens when the test makes a file; before that its apply fails.
  bench.runbook(
    'gated',
    `inputs:
  node: { type: target, kind: host, description: Where., default: local }
target: "\${{ inputs.node }}"
steps:
  - { id: before, action: linux.file, input: { path: FOLDER/before.txt, content: new } }
  - id: gate
    action: linux.command
    retry: { attempts: 1 }
    input:
      check: [test, -e, FOLDER/passed]
      apply: [sh, -c, 'test -e "$1" && touch "$2"', gate, FOLDER/open, FOLDER/passed]
      undo: [rm, -f, FOLDER/passed]
  - { id: after, action: linux.file, input: { path: FOLDER/after.txt, content: new } }
`,
  );
  bench.runbook(
    'asks',
    `steps:
  - { id: before, action: linux.file, input: { path: FOLDER/before.txt, content: new } }
  - { id: by-hand, manual: Do it by hand. }
  - { id: after, action: linux.file, input: { path: FOLDER/after.txt, content: new } }
`,
  );
  bench.runbook(
    'approves',
    `steps:
  - { id: vote, approval: May it go on? }
  - { id: after, action: linux.file, input: { path: FOLDER/approved.txt, content: new } }
onFailure: stop
`,
  );
  bench.runbook(
    'holds',
    `locks: [host/one]
steps:
  - { id: by-hand, manual: Hold it. }
`,
  );
  bench.runbook(
    'takes',
    `locks: [host/two]
steps:
  - { id: by-hand, manual: Hold it. }
  - { id: after, action: linux.file, input: { path: FOLDER/taken.txt, content: x } }
`,
  );
  // Works until it is let go.
  bench.runbook(
    'works',
    `inputs: { file: { type: string, description: Its name. } }
locks: [host/three]
steps:
  - id: work
    action: linux.command
    input:
      check: [test, -e, "FOLDER/\${{ inputs.file }}"]
      apply: [sh, -c, ': >"$1.begun"; until [ -e "$1.go" ]; do sleep 0.1; done; : >"$1"', work, "FOLDER/\${{ inputs.file }}"]
      timeout: 100s
  - { id: after, action: linux.file, input: { path: "FOLDER/\${{ inputs.file }}.after", content: x } }
`,
  );
  // Works for a while, and tells of it: kills come in between.
  bench.runbook(
    'slow',
    `steps:
  - id: work
    action: linux.command
    timeout: 2m
    input:
      check: [test, -e, FOLDER/worked]
      apply: [sh, -c, 'echo begun >> "$1"; for i in 1 2 3 4 5 6 7 8; do echo "round $i"; sleep 0.5; done; touch "$2"', work, FOLDER/rounds, FOLDER/worked]
      undo: [rm, -f, FOLDER/worked]
      timeout: 100s
  - { id: after, action: linux.file, input: { path: FOLDER/slow.txt, content: done } }
`,
  );
  // A letter must not be sent twice; it arrives when the test lets it.
  bench.runbook(
    'posts',
    `steps:
  - id: letter
    action: linux.command
    timeout: 2m
    settle: { timeout: 2s }
    input:
      check: [test, -e, FOLDER/arrived]
      apply: [sh, -c, 'echo "$$" >> "$1"; while [ ! -e "$2" ]; do echo on its way; sleep 0.2; done; touch "$3"', letter, FOLDER/letters, FOLDER/let-go, FOLDER/arrived]
      undo: nothing
      timeout: 100s
      once: true
`,
  );
  bench.runbook(
    'pauses',
    `steps:
  - { id: first, delay: 10s }
  - { id: second, action: linux.file, input: { path: FOLDER/paused.txt, content: x } }
`,
  );
}
