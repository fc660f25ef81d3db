import { isTruthy } from '../bson/number.ts';
import { isDoc, isNumber } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileExpression } from '../expression/expression.ts';
import type { Variables } from '../expression/expression.ts';
import { elementMatcher } from './filter.ts';
import { splitPath } from './path.ts';
import type { Path, Trace } from './path.ts';
import { ShapeBuilder, reshape } from './shape.ts';
import type { Shape } from './shape.ts';
import { sliceOf } from './slice.ts';

/** What a document looks like afterwards. The trace says where the filter matched, for `a.$`. */
type Projection = (doc: Doc, trace?: Trace) => Doc;

type Mode = 'include' | 'exclude';

/** Collects what a specification says, and whether it includes or excludes. */
class ProjectionParser {
  readonly builder = new ShapeBuilder();
  readonly #find: boolean;
  readonly #variables: Variables | undefined;
  #mode: Mode | undefined;
  #id: boolean | 'computed' | undefined;

  constructor(find: boolean, variables: Variables | undefined) {
    this.#find = find;
    this.#variables = variables;
  }

  finish(): { readonly shape: Shape; readonly keep: boolean } {
    const mode = this.#mode ?? (this.#id === undefined || this.#id === false ? 'exclude' : 'include');
    if (mode === 'include' && this.#id !== false && this.#id !== 'computed')
      this.builder.set(['_id'], { kind: 'include' });
    if (mode === 'exclude' && this.#id === false) this.builder.set(['_id'], { kind: 'exclude' });
    return { shape: this.builder.shape, keep: mode === 'exclude' };
  }

  field(path: Path, value: Value): void {
    if (path.some((part) => part.startsWith('$')) && !(this.#find && path.at(-1) === '$')) {
      throw new CommandError(16_410, `FieldPath field names may not start with '$': ${path.join('.')}`);
    }
    if (path.includes(''))
      throw new CommandError(40_352, 'FieldPath cannot be constructed with empty string');
    if (typeof value === 'boolean' || isNumber(value)) return this.#flag(path, isTruthy(value));
    if (isDoc(value)) return this.#document(path, value);
    this.#compute(path, value);
  }

  #flag(path: Path, included: boolean): void {
    if (path.length === 1 && path[0] === '_id') {
      this.#id = included;
      return;
    }
    this.#enter(included ? 'include' : 'exclude', path);
    if (path.at(-1) === '$') this.builder.set(path.slice(0, -1), { kind: 'positional' });
    else this.builder.set(path, { kind: included ? 'include' : 'exclude' });
  }

  #enter(mode: Mode, path: Path): void {
    if (this.#mode === undefined || this.#mode === mode) {
      this.#mode = mode;
      return;
    }
    throw mode === 'include'
      ? new CommandError(31_253, `Cannot do inclusion on field ${path.join('.')} in exclusion projection`)
      : new CommandError(31_254, `Cannot do exclusion on field ${path.join('.')} in inclusion projection`);
  }

  #document(path: Path, value: Doc): void {
    const [first = ''] = value.keys();
    if (this.#find && value.size === 1 && first === '$slice' && isSliceArgument(value.get('$slice'))) {
      const slice = sliceOf(value.get('$slice') ?? null);
      this.builder.set(path, {
        kind: 'change',
        change: (item) => (Array.isArray(item) ? slice(item) : item),
      });
      return;
    }
    if (this.#find && value.size === 1 && first === '$elemMatch') {
      this.#enter('include', path);
      const matches = elementMatcher(value.get('$elemMatch') ?? null);
      this.builder.set(path, {
        kind: 'change',
        change: (item) => {
          const found = Array.isArray(item) ? item.find(matches) : undefined;
          return found === undefined ? undefined : [found];
        },
      });
      return;
    }
    if (first.startsWith('$')) return this.#compute(path, value);
    if (value.size === 0) throw new CommandError(51_270, 'An empty sub-projection is not a valid value.');
    for (const [key, item] of value) this.field([...path, ...splitPath(key)], item);
  }

  #compute(path: Path, value: Value): void {
    if (path.length === 1 && path[0] === '_id') this.#id = 'computed';
    else this.#enter('include', path);
    this.builder.set(path, { kind: 'compute', expression: compileExpression(value, this.#variables) });
  }
}

/** As a projection `$slice` takes numbers alone; the expression of that name begins with an array. */
function isSliceArgument(value: Value | undefined): boolean {
  return isNumber(value) || (Array.isArray(value) && value.length === 2 && value.every(isNumber));
}

export function compileProjection(
  specification: Doc,
  options: { readonly find: boolean; readonly variables?: Variables | undefined },
): Projection {
  const parser = new ProjectionParser(options.find, options.variables);
  for (const [key, value] of specification) parser.field(splitPath(key), value);
  const { shape, keep } = parser.finish();
  return (doc, trace) => reshape(doc, shape, { keep, variables: options.variables, trace });
}

/** What `$addFields` does: everything stays, and some of it is computed anew. */
export function compileAddition(specification: Doc, variables: Variables | undefined): Projection {
  const builder = new ShapeBuilder();
  const visit = (path: Path, value: Value): void => {
    if (path.includes(''))
      throw new CommandError(40_352, 'FieldPath cannot be constructed with empty string');
    if (path.some((part) => part.startsWith('$'))) {
      throw new CommandError(16_410, `FieldPath field names may not start with '$': ${path.join('.')}`);
    }
    const [first] = isDoc(value) ? value.keys() : [];
    if (isDoc(value) && first !== undefined && !first.startsWith('$')) {
      for (const [key, item] of value) visit([...path, ...splitPath(key)], item);
    } else {
      builder.set(path, { kind: 'compute', expression: compileExpression(value, variables) });
    }
  };
  for (const [key, value] of specification) visit(splitPath(key), value);
  return (doc) => reshape(doc, builder.shape, { keep: true, variables, trace: undefined });
}

/** What `$unset` does. */
export function compileRemoval(fields: readonly string[]): Projection {
  const builder = new ShapeBuilder();
  for (const field of fields) builder.set(splitPath(field), { kind: 'exclude' });
  return (doc) => reshape(doc, builder.shape, { keep: true, variables: undefined, trace: undefined });
}
