/** Lines of /etc/frr/daemons, which a shell reads. */
function assignment(daemon: string): RegExp {
  return new RegExp(`^[ \\t]*${daemon}=["']?([^"'\\s#]*)["']?.*$`, 'gm');
}

/** Whether the init script would start a daemon. */
export function isEnabled(text: string, daemon: string): boolean {
  const [, value = ''] = [...text.matchAll(assignment(daemon))].at(-1) ?? [];
  return value !== '' && value !== 'no' && value !== '0';
}

/** The file with some daemons enabled; every other line as it was. */
export function enable(text: string, daemons: readonly string[]): string {
  let changed = text;
  for (const daemon of daemons) {
    if (isEnabled(changed, daemon)) continue;
    const line = `${daemon}=yes`;
    const there = changed.match(assignment(daemon)) !== null;
    const end = changed === '' || changed.endsWith('\n') ? '' : '\n';
    changed = there ? changed.replace(assignment(daemon), line) : `${changed}${end}${line}\n`;
  }
  return changed;
}
