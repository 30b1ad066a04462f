import { accessSync, constants, existsSync } from 'node:fs';

/** What a test asks of the machine. */
export interface Needs {
  readonly linux?: boolean;
  readonly root?: boolean;
  /** Programs on PATH or in the usual system folders. */
  readonly commands?: readonly string[];
  /** Files or devices that must exist. */
  readonly files?: readonly string[];
}

const folders = [
  ...(process.env['PATH'] ?? '').split(':'),
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
].filter((folder) => folder !== '');

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What this machine lacks of it, as words; none when it has everything. */
export function lacking(needs: Needs): string[] {
  const lacks: string[] = [];
  if (needs.linux && process.platform !== 'linux') lacks.push('linux');
  if (needs.root && process.getuid?.() !== 0) lacks.push('root');
  for (const command of needs.commands ?? []) {
    if (!folders.some((folder) => executable(`${folder}/${command}`))) lacks.push(command);
  }
  for (const file of needs.files ?? []) if (!existsSync(file)) lacks.push(file);
  return lacks;
}
