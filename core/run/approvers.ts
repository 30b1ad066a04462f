/** Who may approve, and how votes are signed: fixed when a run starts. */
export interface Approvers {
  /** People by the name of their group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** The keys that may sign, as `ssh-keygen` reads them; null where signatures cannot be verified. */
  readonly allowedSigners: string | null;
  readonly signatures: 'optional' | 'required';
  /** Who may start what was proposed: anybody, or another person than the one who has proposed it. */
  readonly proposals: 'anybody' | 'another';
}

/** Those of a project that says nothing of them. */
export const noApprovers: Approvers = {
  groups: {},
  allowedSigners: null,
  signatures: 'optional',
  proposals: 'anybody',
};

/** Names that an approval may ask: the groups, and everybody who is in one. */
export function knownNames({ groups }: Approvers): string[] {
  return [...new Set([...Object.keys(groups), ...Object.values(groups).flat()])];
}

/** The people that names stand for, each once. */
export function peopleOf({ groups }: Approvers, names: readonly string[]): string[] {
  // A group may be called `constructor`, too.
  const people = names.flatMap((name) =>
    Object.hasOwn(groups, name) ? (groups[name] ?? []) : name,
  );
  return people.filter((one, at) => people.findIndex((other) => samePerson(one, other)) === at);
}

/** Who an author is: `ann` of `ann@laptop`, whatever machine she writes from. */
export function personOf(author: string): string {
  const at = author.indexOf('@');
  return at <= 0 ? author : author.slice(0, at);
}

/** True for two names of one person. Rather too often than too seldom: nobody shall count twice. */
export function samePerson(a: string, b: string): boolean {
  return personOf(a) === personOf(b);
}

/** True where an author is the person that is asked: `ann` is asked on any machine, `ann@example.com` as that alone. */
export function isAsked(person: string, author: string): boolean {
  return person === author || person === personOf(author);
}
