import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** Every form in which a value is looked for; base64 in the middle of something longer too. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    value.replaceAll("'", `'\\''`),
    // The beginning of it is too much, too.
    value.slice(0, 12),
  ];
}

/** Which of the values are in a text or in bytes, in any form. */
export function foundIn(content: string | Buffer, values: readonly string[]): string[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return values.filter((value) => formsOf(value).some((form) => bytes.includes(form)));
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return filesBelow(path);
    return found?.isFile() === true ? [path] : [];
  });
}

/** Files below a folder that hold a value, but for those that are meant to. */
export function leaks(
  folder: string,
  values: readonly string[],
  meant: readonly string[] = [],
): string[] {
  return filesBelow(folder)
    .filter((path) => !meant.includes(path))
    .filter((path) => foundIn(readFileSync(path), values).length > 0);
}

/** Looks at the command lines of all processes, again and again; perhaps at their environments too. */
export class ProcessWatch {
  readonly seen = new Set<string>();
  readonly #mayHave: string | null;
  readonly #timer: NodeJS.Timeout;

  /** `mayHave`: part of the environments that are passed over; null: none of them is looked at. */
  constructor(mayHave: string | null = null) {
    this.#mayHave = mayHave;
    this.#timer = setInterval(() => this.#look(), 30);
  }

  #look(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        this.seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
        if (this.#mayHave === null) continue;
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(this.#mayHave)) this.seen.add(environment);
      } catch {
        // It has ended meanwhile, or is another user's.
      }
    }
  }

  stop(): string {
    clearInterval(this.#timer);
    return [...this.seen].join('\n');
  }
}

/** All histories of a namespace, as JSON and with their payloads decoded. */
export async function histories(address: string, namespace: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace });
    const texts: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const text = historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory());
      const payloads = [...text.matchAll(/"data": ?"([^"]*)"/g)].map(([, data]) =>
        Buffer.from(data ?? '', 'base64').toString('latin1'),
      );
      texts.push(text, ...payloads);
    }
    return texts.join('\n');
  } finally {
    await connection.close();
  }
}
