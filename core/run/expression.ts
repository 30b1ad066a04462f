import { EvaluationError, Optional, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { PermanentError } from '../errors.js';
import { isObject } from '../json.js';
import { createEnvironment, violations } from './cel.js';
import { hasExpression, pieces, wholeExpression, type Piece } from './template.js';

/** Names that an expression may start from. */
export const scopeRoots = [
  'inputs',
  'target',
  'inventory',
  'steps',
  'run',
  'paths',
  'project',
  'files',
  'secrets',
  'item',
] as const;

/** What expressions see: plain JSON under each root; a root may be absent. */
export type Scope = Readonly<Partial<Record<(typeof scopeRoots)[number], unknown>>>;

const environment = createEnvironment();
for (const root of scopeRoots) environment.registerVariable(root, 'dyn');

const compiled = new Map<string, ParseResult>();

/** Parses once; every later use of the same text is a look-up. */
function compile(source: string): ParseResult {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const expression = environment.parse(source);
  const [violation] = violations(expression.ast);
  if (violation !== undefined) throw new PermanentError('expression-failed', violation.message);
  // Runs are bounded, workers are not: forget everything now and then.
  if (compiled.size > 5000) compiled.clear();
  compiled.set(source, expression);
  return expression;
}

/** CEL's values as JSON: BigInt becomes a number, absent optionals and durations are refused. */
function toJson(value: unknown, source: string): unknown {
  if (typeof value === 'bigint') {
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
      throw new PermanentError(
        'expression-failed',
        `\${{ ${source} }}: ${value} does not fit into a JSON number`,
      );
    }
    return Number(value);
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new PermanentError(
        'expression-failed',
        `\${{ ${source} }}: the result is not a finite number`,
      );
    }
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item, source));
  if (value instanceof Optional) {
    throw new PermanentError(
      'expression-failed',
      `\${{ ${source} }}: end an optional with .orValue(…)`,
    );
  }
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, toJson(item, source)]),
    );
  }
  throw new PermanentError(
    'expression-failed',
    `\${{ ${source} }}: the result is not a JSON value`,
  );
}

/**
 * Evaluates CEL source against a scope.
 * @throws PermanentError `expression-failed` with the source and the reason.
 */
export function evaluate(source: string, scope: Scope): unknown {
  try {
    return toJson(compile(source)(scope), source);
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof ParseError) {
      throw new PermanentError('expression-failed', `\${{ ${source} }}: ${error.summary}`, {
        cause: error,
      });
    }
    throw error;
  }
}

function text(piece: Piece, scope: Scope): string {
  if (piece.kind === 'text') return piece.text;
  const value = evaluate(piece.source, scope);
  if (typeof value === 'object') {
    const what = value === null ? 'null' : 'a list or map';
    throw new PermanentError(
      'expression-failed',
      `\${{ ${piece.source} }}: ${what} cannot stand inside a text; make it the whole value`,
    );
  }
  return String(value);
}

/**
 * Whether an `if` says yes; one that is left out does. `what` is named where the result is neither true nor false.
 * @throws PermanentError `expression-failed`.
 */
export function holds(condition: string | undefined, scope: Scope, what: string): boolean {
  if (condition === undefined) return true;
  const value = fill(condition, scope);
  if (typeof value === 'boolean') return value;
  throw new PermanentError(
    'expression-failed',
    `'if' of ${what} is not true or false but ${JSON.stringify(value)}`,
  );
}

/**
 * A copy of a definition's value with every expression in it evaluated. A text that is one expression
 * keeps the type of its result. What comes out is never looked at again: data is not evaluated.
 * @throws PermanentError `expression-failed`.
 */
export function fill(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    if (!hasExpression(value)) return value;
    const whole = wholeExpression(value);
    if (whole !== null) return evaluate(whole, scope);
    return pieces(value)
      .map((piece) => text(piece, scope))
      .join('');
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, scope));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, scope)]));
  }
  return value;
}
