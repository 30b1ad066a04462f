import type { Environment, TypeCheckResult } from '@marcbachmann/cel-js';
import { ParseError } from '@marcbachmann/cel-js';
import { createEnvironment, violations } from '../run/cel.js';
import { references, type Reference } from '../run/references.js';
import { hasExpression, pieces, TemplateError, wholeExpression } from '../run/template.js';
import { didYouMean } from './nearest.js';
import { member, type Shape } from './shape.js';

/** Something wrong in a text with expressions; the offset counts from the start of the text. */
export interface Finding {
  readonly offset: number;
  readonly message: string;
  readonly hint: string | null;
}

/** CEL's name for a shape, for the type checker; nested objects become its schemas. */
function celType(shape: Shape): string | Record<string, unknown> {
  switch (shape.kind) {
    case 'string':
      return 'string';
    case 'number':
      // JSON knows one kind of number; all are double here, also whole ones.
      return 'double';
    case 'boolean':
      return 'bool';
    case 'null':
      return 'null_type';
    case 'list': {
      const of = celType(shape.of);
      return `list<${typeof of === 'string' ? of : 'dyn'}>`;
    }
    case 'map': {
      const of = celType(shape.of);
      return `map<string, ${typeof of === 'string' ? of : 'dyn'}>`;
    }
    case 'object': {
      const fields = Object.entries(shape.fields);
      if (fields.length === 0) return 'dyn';
      return Object.fromEntries(fields.map(([key, field]) => [key, celType(field)]));
    }
    case 'any':
      return 'dyn';
  }
}

/** An object shape with some of its fields; the first one in any case, so that it stays an object. */
function only(shape: Shape, wanted: (field: string) => boolean): Shape {
  if (shape.kind !== 'object') return shape;
  const fields = Object.entries(shape.fields).filter(([name], at) => at === 0 || wanted(name));
  return { kind: 'object', fields: Object.fromEntries(fields) };
}

/** An expression, looked at once: the names in it, what it must not do (offsets from its start), its type. */
interface Analysis {
  readonly used: readonly Reference[];
  readonly broken: readonly Finding[];
  readonly result: () => TypeCheckResult;
}

/** Checks the expressions of one runbook against the shape of what they may refer to. */
export class ExpressionChecker {
  readonly #shape: Shape;
  readonly #environment: Environment;
  readonly #analyses = new Map<string, Analysis>();

  /** `names` tells whether some expression may name this step: the types of the others are not made. */
  constructor(shape: Shape, names: (step: string) => boolean = () => true) {
    this.#shape = shape;
    this.#environment = createEnvironment();
    if (shape.kind !== 'object') return;
    for (const [name, root] of Object.entries(shape.fields)) {
      const type = celType(name === 'steps' ? only(root, names) : root);
      if (typeof type === 'string') this.#environment.registerVariable(name, type);
      else this.#environment.registerVariable({ name, schema: type as never });
    }
  }

  /**
   * Findings in a text. `visible` tells which references are possible at this place: it answers null,
   * or why one is not. `expected` is the shape of the whole value.
   */
  check(
    text: string,
    visible: (path: readonly string[]) => string | null,
    expected: Shape | null,
  ): Finding[] {
    if (!hasExpression(text)) return [];
    let parts;
    try {
      parts = pieces(text);
    } catch (error) {
      if (error instanceof TemplateError)
        return [{ offset: error.offset, message: error.message, hint: null }];
      throw error;
    }
    const whole = wholeExpression(text) !== null;
    return parts.flatMap((piece) =>
      piece.kind === 'cel'
        ? this.#source(piece.source, piece.offset, visible, whole ? expected : null, whole)
        : [],
    );
  }

  #source(
    source: string,
    offset: number,
    visible: (path: readonly string[]) => string | null,
    expected: Shape | null,
    whole: boolean,
  ): Finding[] {
    if (source === '') return [{ offset, message: 'the expression is empty', hint: null }];
    const { used, broken, result } = this.#analysis(source);
    const wrong = used.flatMap((reference) => this.#reference(reference, offset, visible));
    if (broken.length > 0 || wrong.length > 0)
      return [...broken.map((each) => ({ ...each, offset: offset + each.offset })), ...wrong];
    const { valid, error } = result();
    if (!valid) {
      return [
        {
          offset: offset + (error?.range?.start ?? 0),
          message: error?.summary ?? 'does not fit',
          hint: null,
        },
      ];
    }
    const type = result().type ?? 'dyn';
    if (!whole && !isScalar(type)) {
      return [
        {
          offset,
          message: `a ${type} cannot stand inside a text`,
          hint: 'make the expression the whole value',
        },
      ];
    }
    if (expected !== null && !fits(type, expected)) {
      return [
        {
          offset,
          message: `gives ${plain(type)}, but ${expected.kind} is needed here`,
          hint: null,
        },
      ];
    }
    return [];
  }

  /** What can be told of an expression wherever it stands; many a runbook says the same one in every step. */
  #analysis(source: string): Analysis {
    const known = this.#analyses.get(source);
    if (known !== undefined) return known;
    const analysis = this.#analyse(source);
    this.#analyses.set(source, analysis);
    return analysis;
  }

  #analyse(source: string): Analysis {
    let used: Reference[];
    try {
      used = references(source);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const start = error.range?.start ?? 0;
      const finding = { offset: start, message: error.summary, hint: null };
      return { used: [], broken: [finding], result: () => ({ valid: false }) };
    }
    const parsed = this.#environment.parse(source);
    const broken = violations(parsed.ast).map(({ message, start }) => ({
      offset: start,
      message,
      hint: null,
    }));
    let result: TypeCheckResult | null = null;
    // The types of an expression with unknown names say nothing that its names have not said.
    return { used, broken, result: () => (result ??= parsed.check()) };
  }

  #reference(
    reference: Reference,
    offset: number,
    visible: (path: readonly string[]) => string | null,
  ): Finding[] {
    let shape: Shape | null = this.#shape;
    for (const [index, key] of reference.path.entries()) {
      const inside: Shape = shape;
      shape = member(inside, key);
      if (shape !== null) continue;
      const at = offset + (reference.ranges[index]?.start ?? 0);
      const names = inside.kind === 'object' ? Object.keys(inside.fields) : [];
      const parent = reference.path.slice(0, index).join('.');
      const hyphen = names.find((name) => name.startsWith(`${key}-`));
      const hint =
        parent === 'steps' && hyphen !== undefined
          ? `a name with a hyphen is written steps["${hyphen}"]`
          : parent === 'secrets' && names.length === 0
            ? 'name it under secrets: in runbook.yaml, with where its value comes from'
            : didYouMean(key, names);
      const where = parent === '' ? 'unknown name' : `${parent} has no`;
      return [{ offset: at, message: `${where} '${key}'`, hint }];
    }
    const why = visible(reference.path);
    return why === null ? [] : [{ offset: offset + reference.start, message: why, hint: null }];
  }
}

function isScalar(type: string): boolean {
  return ['string', 'double', 'int', 'uint', 'bool', 'dyn'].includes(type);
}

function plain(type: string): string {
  if (type === 'double' || type === 'int') return 'a number';
  if (type.startsWith('$')) return 'a map';
  return `a ${type}`;
}

function fits(type: string, expected: Shape): boolean {
  if (type === 'dyn' || type === 'null_type') return true;
  switch (expected.kind) {
    case 'any':
      return true;
    case 'string':
      return type === 'string';
    case 'number':
      return type === 'double' || type === 'int' || type === 'uint';
    case 'boolean':
      return type === 'bool';
    case 'null':
      return false;
    case 'list':
      return type.startsWith('list');
    case 'map':
    case 'object':
      return type.startsWith('map') || type.startsWith('$');
  }
}
