import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceOf } from './package-root.js';
import type { GoFacts, Work } from './part.js';

/** One program of a Go part. */
export interface GoProgram {
  /** Name of the binary. */
  readonly name: string;
  /** Import path, or `.` for the main package of the module itself. */
  readonly package: string;
  readonly tags?: readonly string[];
}

/** String variables that the linker sets: variable → value. */
export type LinkedValues = Readonly<Record<string, string>>;

/**
 * Compiles programs of a part's module, one after the other (a compile takes up to 2.5 GB), into `work.out`: static, without
 * symbols and without paths of this machine. The module's go.mod and go.sum are never changed, and no other Go is fetched.
 */
export async function compile(
  work: Work,
  part: string,
  programs: readonly GoProgram[],
  values: LinkedValues = {},
): Promise<void> {
  const linked = Object.entries(values).map(([name, value]) => `-X '${name}=${value}'`);
  for (const program of programs) {
    let packages = 0;
    const onLine = (line: string): void => {
      const module = /^go: downloading (\S+)/.exec(line)?.[1];
      if (module !== undefined) work.doing(`${program.name}: downloading ${module}`);
      else if (!line.includes(' ')) packages += 1; // go build -v names each package that it compiles
      if (packages > 0) work.doing(`compiling ${program.name}, package ${packages}`);
    };
    work.doing(`compiling ${program.name}`);
    await work.run(
      'go',
      [
        'build',
        '-v',
        '-trimpath',
        '-buildvcs=false',
        `-tags=${(program.tags ?? []).join(',')}`,
        `-ldflags=${['-s -w', ...linked].join(' ')}`,
        '-o',
        join(work.out, program.name),
        program.package,
      ],
      { cwd: sourceOf(part), env: goEnvironment(work), onLine },
    );
  }
}

/** Folder of a module that go.mod requires, in Go's module cache; downloaded when it is not there. Read-only files. */
export async function moduleFolder(work: Work, part: string, module: string): Promise<string> {
  const said = await work.run('go', ['mod', 'download', '-json', module], {
    cwd: sourceOf(part),
    env: goEnvironment(work),
  });
  return (JSON.parse(said) as { Dir: string }).Dir;
}

/** Version of a module that a part's go.mod requires, such as `v1.33.13`: the one place where it is stated. */
export function requiredVersion(part: string, module: string): string {
  const text = readFileSync(sourceOf(part, 'go.mod'), 'utf8');
  const line = text.split('\n').find((each) => each.trim().replace(/^require /, '').startsWith(`${module} v`));
  const version = line === undefined ? undefined : /\sv\S+/.exec(line)?.[0].trim();
  if (version === undefined) throw new Error(`labs/parts/${part}/go.mod does not require ${module}`);
  return version;
}

/** The Go of this build; a part that asks has `go` among its facts. */
export function goOf(work: Work): GoFacts {
  if (work.facts.go === undefined) throw new Error('this part does not say that it depends on Go');
  return work.facts.go;
}

function goEnvironment(work: Work): Record<string, string> {
  return {
    CGO_ENABLED: '0',
    GOCACHE: work.goBuild,
    GOFLAGS: '-mod=readonly',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
  };
}
