// The SDK notes a stack trace for every promise that a workflow makes, for the page "Stack trace" of the Web UI
// (1.24.0, worker/lib/workflow/vm-shared.js, a hook on promises). That is more than half of what a step costs in
// the workflow's thread, there is no switch for it, and a run's details say on the first page what it waits for.
// Taking the hook away is no way: it also notes whose a promise is, for rejections that nobody handles. So
// only the trace is left out: the hook makes an error in the workflow's realm to read its stack, and gets
// one that has none. Errors of workflows have their stacks as ever.

/** Evaluates a source in the realm of a promise: what the hook takes `promise.constructor.constructor` for. */
type Evaluator = (source: string) => () => unknown;

/** What the hook evaluates to find the workflow of a promise. */
const activatorSource = 'return globalThis.__TEMPORAL_ACTIVATOR__';
/** What it evaluates to find the class of an error whose stack it then reads. */
const errorSource = 'return globalThis.Error';

class Traceless {
  readonly stack = undefined;
}

/** An evaluator that knows the hook's sources, and leaves all others to the one that is there. */
export function withoutTraces(evaluate: Evaluator): Evaluator {
  const activator = evaluate(activatorSource);
  const error = (): unknown => Traceless;
  return (source) => {
    if (source === activatorSource) return activator;
    if (source === errorSource) return error;
    return evaluate(source);
  };
}

/** Leaves out the traces of the promises of a realm. */
export function leaveTracesOut(promise: object): void {
  Object.defineProperty(promise, 'constructor', {
    value: withoutTraces(promise.constructor as Evaluator),
  });
}
