import { readFileSync } from 'node:fs';

/** A real output, as it was recorded. */
export function recorded(path: string): string {
  return readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');
}

/** Items of a recorded list. */
export function recordedItems<T>(path: string): T[] {
  return (JSON.parse(recorded(path)) as { items: T[] }).items;
}
