/**
 * Programs that start no other, or none that outlives them, whatever their arguments: POSIX utilities, and those of
 * iproute2, procps and kmod that print. What they print ends with them, so that another may follow in the same shell
 * with nothing done to tell the two apart. Not `find`, `env`, `xargs` and the like, which run others, nor `ip`, whose
 * `netns exec` does.
 */
const plain: ReadonlySet<string> = new Set([
  '[',
  'basename',
  'cat',
  'cksum',
  'cmp',
  'cut',
  'date',
  'df',
  'dirname',
  'du',
  'echo',
  'expr',
  'false',
  'getconf',
  'getent',
  'grep',
  'head',
  'hostname',
  'id',
  'ls',
  'lsmod',
  'modinfo',
  'nproc',
  'od',
  'printf',
  'ps',
  'pwd',
  'readlink',
  'realpath',
  'sha256sum',
  'ss',
  'stat',
  'sysctl',
  'tail',
  'test',
  'tr',
  'true',
  'tty',
  'uname',
  'uptime',
  'wc',
  'whoami',
]);

/** Whether a program, named as it is looked for on PATH, leaves nothing behind. */
export function isPlain(program: string): boolean {
  return plain.has(program);
}
