import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { leaveTracesOut } from '../../workflows/promise-traces.js';

/** What the hook of the SDK does with a promise of a realm. */
function asTheHookDoes(promise: unknown, source: string): unknown {
  const { constructor } = promise as {
    constructor: { constructor: (text: string) => () => unknown };
  };
  return constructor.constructor(source)();
}

function realm(): { readonly promise: unknown; readonly context: Record<string, unknown> } {
  const context: Record<string, unknown> = createContext({});
  leaveTracesOut(runInContext('Promise', context) as object);
  return { promise: runInContext('Promise.resolve(1)', context), context };
}

describe('promises without traces', () => {
  it('still tell whose they are, also after the workflow of the realm has changed', () => {
    const { promise, context } = realm();
    expect(asTheHookDoes(promise, 'return globalThis.__TEMPORAL_ACTIVATOR__')).toBeUndefined();
    for (const activator of [{ info: 1 }, { info: 2 }]) {
      context['__TEMPORAL_ACTIVATOR__'] = activator;
      expect(asTheHookDoes(promise, 'return globalThis.__TEMPORAL_ACTIVATOR__')).toBe(activator);
    }
  });

  it('give the hook an error that has no stack, and leave those of the realm as they are', () => {
    const { promise, context } = realm();
    const Made = asTheHookDoes(promise, 'return globalThis.Error') as new () => { stack?: string };
    expect(new Made().stack).toBeUndefined();
    expect(runInContext('new Error("x").stack', context)).toMatch(/^Error: x\n\s+at /);
  });

  it('evaluate everything else in their realm', () => {
    const { promise, context } = realm();
    context['here'] = 7;
    expect(asTheHookDoes(promise, 'return here')).toBe(7);
  });

  it('know the words of the SDK that is installed', () => {
    const require = createRequire(import.meta.url);
    const worker = require.resolve('@temporalio/worker');
    const hook = readFileSync(worker.replace(/index\.js$/, 'workflow/vm-shared.js'), 'utf8');
    expect(hook).toContain("ctor('return globalThis.__TEMPORAL_ACTIVATOR__')()");
    expect(hook).toContain("fn('return globalThis.Error')()");
    expect(hook).toContain('if (this.currentStackTrace === undefined) {');
  });
});
