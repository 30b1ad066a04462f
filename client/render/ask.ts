import { createInterface } from 'node:readline/promises';

/** Asks a question on the terminal (on standard error, so that standard output stays what it is). */
export async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('close', () => resolve(''));
      reader.once('SIGINT', () => resolve(''));
      reader.question(question).then(resolve, reject);
    });
  } finally {
    reader.close();
  }
}

/** Asks for a yes; anything else is a no. */
export async function confirmed(question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test((await ask(`${question} [y/N] `)).trim());
}
