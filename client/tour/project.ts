/** Files of the project that the tour uses, by their paths. */
export const tourFiles: Readonly<Record<string, string>> = {
  'runbook.yaml': `apiVersion: runbook/v1
name: tour
`,
  'runbooks/publish.yaml': `apiVersion: runbook/v1
name: publish
title: Write a page and publish it
inputs:
  text: { type: string, description: What the page says., default: "Hello, world" }
steps:
  - id: draft
    action: linux.file
    input: { path: "\${{ paths.project }}/draft/page.txt", content: "\${{ inputs.text }}\\n", parents: true }
  - id: publish
    action: linux.file
    input: { path: "\${{ paths.project }}/public/page.txt", content: "\${{ inputs.text }}\\n" }
  - id: announce
    action: linux.command
    input:
      check: [test, -e, "\${{ paths.project }}/announced"]
      apply: [touch, "\${{ paths.project }}/announced"]
      undo: [rm, -f, "\${{ paths.project }}/announced"]
  - id: read-it
    manual: Read the page as its readers do, then confirm.
`,
};
