/** What no action takes as the name of a node. */
export const badNode = [
  { title: 'no node', input: {} },
  { title: 'an option as the name of a node', input: { node: '--all' } },
  { title: 'a name in capitals', input: { node: 'K8S-W0' } },
  { title: 'a name with a newline', input: { node: 'a\nb' } },
];
