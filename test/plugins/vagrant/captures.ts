import { readFileSync } from 'node:fs';

/** What vagrant 2.3.4 with vagrant-libvirt 0.11.2 really printed (a file of test/fixtures/vagrant). */
export function captured(file: string): string {
  return readFileSync(new URL(`../../fixtures/vagrant/${file}`, import.meta.url), 'utf8');
}
