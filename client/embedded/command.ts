import { execFile } from 'node:child_process';

/** What a command prints on standard output; null where it does not run, fails, or takes over ten seconds. */
export function output(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      path,
      [...args],
      {
        encoding: 'utf8',
        timeout: 10_000,
        maxBuffer: 1024 * 1024,
        env: { ...process.env, LC_ALL: 'C', ...env },
      },
      (error, stdout) => resolve(error === null ? stdout : null),
    );
  });
}
