import { readFileSync } from 'node:fs';

/** What a real tool printed. */
export function captured(name: string): string {
  return readFileSync(new URL(`../../fixtures/cilium/${name}`, import.meta.url), 'utf8');
}

/** What a real tool printed, as a value. */
export function capturedJson(name: string): unknown {
  return JSON.parse(captured(name));
}

/** The items of a list that kubectl printed. */
export function items(name: string): readonly unknown[] {
  return (capturedJson(name) as { items: readonly unknown[] }).items;
}
