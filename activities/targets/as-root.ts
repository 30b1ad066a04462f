/** A program as root: by sudo, which asks for no password and fails where it would have to. */
export function asRoot(argv: readonly string[]): readonly string[] {
  return ['sudo', '-n', '--', ...argv];
}
