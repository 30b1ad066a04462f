import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { glob } from './glob.js';

/** Version of this wrapper; part of every run, since evaluation is part of replay. */
export const expressionVersion = 1;

const limits = { maxAstNodes: 2000, maxDepth: 60, maxListElements: 500, maxMapEntries: 200 };

/**
 * A CEL environment with our additions: mixed arithmetic of int literals and JSON numbers (which CEL
 * sees as double), `glob(text, pattern)` instead of regular expressions,
 * and `merge(map, map)`, where the second wins.
 */
export function createEnvironment(): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits,
  });
  const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [operator, calculate] of Object.entries(arithmetic)) {
    for (const [a, b] of [
      ['int', 'double'],
      ['double', 'int'],
    ]) {
      env.registerOperator(
        `${a} ${operator} ${b}: double`,
        (x: number | bigint, y: number | bigint) => calculate(Number(x), Number(y)),
      );
    }
  }
  env.registerOperator('double % double: double', (x: number, y: number) => x % y);
  // The library has `double == int` and derives `int != double`, but not this one (8.0.0).
  env.registerOperator('int == double: bool', (x: bigint, y: number) => Number(x) === y);
  env.registerFunction('glob(string, string): bool', (text: string, pattern: string) =>
    glob(text, pattern),
  );
  env.registerFunction('merge(map, map): map', (under: object, over: object) => ({
    ...under,
    ...over,
  }));
  return env;
}

/** Functions and macros that an expression may use; everything else is refused, `matches` among it. */
export const allowedFunctions: ReadonlySet<string> = new Set(
  (
    'has size string int double bool dyn glob merge map filter all exists exists_one ' +
    'contains startsWith endsWith substring indexOf lastIndexOf split join trim lowerAscii upperAscii ' +
    'orValue or hasValue value'
  ).split(' '),
);

const loops = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);

/** A rule that an expression breaks, with the range of the guilty part within the CEL text. */
export interface RuleViolation {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Children of a node, whatever its operator. */
export function children(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null && 'op' in value) {
      found.push(value as ASTNode);
    }
  };
  visit(node.args);
  return found;
}

/**
 * Rules beyond CEL's own: only allowed functions (a regular expression could freeze the workflow),
 * and loops nested at most twice.
 */
export function violations(node: ASTNode, depth = 0): RuleViolation[] {
  const found: RuleViolation[] = [];
  let inner = depth;
  if (node.op === 'call' || node.op === 'rcall') {
    const name = node.args[0];
    if (!allowedFunctions.has(name)) {
      const instead = name === 'matches' ? '; use glob(text, "k8s-*") instead' : '';
      found.push({
        message: `${name}() is not available${instead}`,
        start: node.start,
        end: node.end,
      });
    }
    if (loops.has(name)) inner += 1;
    if (inner > 2) {
      found.push({ message: 'loops are nested more than twice', start: node.start, end: node.end });
      return found;
    }
  }
  for (const child of children(node)) found.push(...violations(child, inner));
  return found;
}
