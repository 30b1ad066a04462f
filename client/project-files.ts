/** The files of a new project, by their paths. */
export function projectFiles(name: string): Readonly<Record<string, string>> {
  return {
    'runbook.yaml': `# What makes this folder a project. All paths are relative to this file.
apiVersion: runbook/v1
name: ${name}
# inventory: inventory.yaml      # the targets
# runbooks: [runbooks]           # folders with runbooks; those of the package are found everywhere
# knownHosts: known_hosts        # keys of the hosts: ssh-keyscan HOST >> known_hosts, and compare them
# server: { profile: production } # a Temporal server; without it one runs on this machine
# secrets: { token: { env: TOKEN } } # \${{ secrets.token }} in runbooks; also file and command
# approvers: { groups: { sre: [ann, bob] } } # who approvals can ask
# notify: [{ id: mail, command: [./notify.sh] }] # who is told of runs that park, wait or end
`,
    'inventory.yaml': `# The targets that runbooks act on. The host \`local\`, this machine, always exists.
apiVersion: runbook/v1
hosts: {}
  # web-1:
  #   address: 192.0.2.11        # for ssh
  #   user: admin
  #   key: ~/.ssh/id_ed25519
  #   groups: [web]
  #   vars: { rack: a1 }         # facts for runbooks: target.vars.rack
clusters: {}
  # lab:
  #   kubeconfig: ~/.kube/config
  #   context: lab
`,
    'runbooks/hello.yaml': `# A first runbook: one file that must say what you want it to say.
#   runbook plan hello             what would change
#   runbook start hello            do it
#   runbook actions                what else steps can do
apiVersion: runbook/v1
name: hello
title: Say hello in a file
inputs:
  path: { type: string, description: File to write., default: /tmp/hello-from-runbook.txt }
  text: { type: string, description: What it shall say., default: hello }
steps:
  # Every step is check, apply, verify: it changes only what differs, and it can be undone.
  - id: greeting
    action: linux.file
    input: { path: "\${{ inputs.path }}", content: "\${{ inputs.text }}\\n" }

  # Where no action fits, any tool will do. check: exit 0 nothing to do, 1 apply it.
  - id: signature
    action: linux.command
    input:
      check: [test, -e, "\${{ inputs.path }}.signed"]
      apply: [touch, "\${{ inputs.path }}.signed"]
      undo: [rm, -f, "\${{ inputs.path }}.signed"]
`,
  };
}
