/** Search attributes of a run: what `runs` and the Web UI filter by. */
export const attributes = {
  RunbookName: 'KEYWORD',
  RunbookTarget: 'KEYWORD_LIST',
  RunbookState: 'KEYWORD',
  RunbookUser: 'KEYWORD',
} as const;
export type Attribute = keyof typeof attributes;

/** A value as it stands in a query, in quotes. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
