/** Fields that others own, as server-side apply names them. */
export interface Conflict {
  readonly manager: string;
  readonly fields: readonly string[];
}

/** Conflicts in what kubectl prints when server-side apply is refused; empty where it is refused otherwise. */
export function conflictsOf(message: string): Conflict[] {
  const conflicts: { manager: string; fields: string[] }[] = [];
  for (const line of message.split('\n')) {
    const named =
      /conflicts? with "([^"]*)"(?: with subresource "[^"]*")?(?: using \S+?)?(?: at \S+)?:\s*(\S.*)?$/.exec(
        line,
      );
    if (named !== null) {
      const [, manager = '', field] = named;
      conflicts.push({ manager, fields: field === undefined ? [] : [field] });
      continue;
    }
    const field = /^- (\.\S.*)$/.exec(line);
    if (field?.[1] !== undefined) conflicts.at(-1)?.fields.push(field[1]);
  }
  return conflicts;
}
