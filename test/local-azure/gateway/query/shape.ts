import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { scopeFor } from '../expression/expression.ts';
import type { Variables } from '../expression/expression.ts';
import type { Expression, Scope } from '../expression/operator.ts';
import type { Path, Trace } from './path.ts';

type Leaf =
  | { readonly kind: 'include' }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'positional' }
  | { readonly kind: 'compute'; readonly expression: Expression }
  | { readonly kind: 'change'; readonly change: (value: Value) => Value | undefined };

interface Branch {
  readonly kind: 'branch';
  readonly children: Shape;
}

/** What is to happen to each field, as a tree of names. */
export type Shape = Map<string, Leaf | Branch>;

export class ShapeBuilder {
  readonly shape: Shape = new Map();

  set(path: Path, leaf: Leaf): void {
    let shape = this.shape;
    for (const part of path.slice(0, -1)) {
      let next = shape.get(part);
      if (next && next.kind !== 'branch') throw collision(path);
      if (!next) {
        next = { kind: 'branch', children: new Map() };
        shape.set(part, next);
      }
      shape = next.children;
    }
    const name = path.at(-1) ?? '';
    if (shape.has(name)) throw collision(path);
    shape.set(name, leaf);
  }
}

function collision(path: Path): CommandError {
  return new CommandError(31_250, `Path collision at ${path.join('.')}`);
}

interface Context {
  /** Whether fields that are not mentioned stay. */
  readonly keep: boolean;
  readonly scope: Scope;
  readonly trace: Trace | undefined;
}

export function reshape(
  doc: Doc,
  shape: Shape,
  options: {
    readonly keep: boolean;
    readonly variables: Variables | undefined;
    readonly trace: Trace | undefined;
  },
): Doc {
  const scope = scopeFor(doc, options.variables);
  return reshapeDoc(doc, shape, { keep: options.keep, scope, trace: options.trace });
}

function reshapeDoc(doc: Doc, shape: Shape, context: Context): Doc {
  const made: Doc = new Map();
  for (const [name, value] of doc) {
    const rule = shape.get(name);
    const kept = rule ? apply(value, rule, context) : context.keep ? value : undefined;
    if (kept !== undefined) made.set(name, kept);
  }
  compute(made, doc, shape, context);
  return made;
}

function apply(value: Value, rule: Leaf | Branch, context: Context): Value | undefined {
  switch (rule.kind) {
    case 'include':
      return value;
    case 'exclude':
      return undefined;
    case 'change':
      return rule.change(value);
    case 'compute':
      // Holds the field's place where everything stays; elsewhere computed fields come last.
      return context.keep ? value : undefined;
    case 'positional':
      return Array.isArray(value) ? matched(value, context.trace) : value;
    case 'branch':
      return applyBranch(value, rule.children, context);
  }
}

function matched(items: readonly Value[], trace: Trace | undefined): Value[] {
  if (trace?.index === undefined) {
    throw new CommandError(
      51_246,
      'Executor error during find command :: caused by :: positional operator did not match',
    );
  }
  return items.slice(trace.index, trace.index + 1);
}

function applyBranch(value: Value, children: Shape, context: Context): Value | undefined {
  if (isDoc(value)) return reshapeDoc(value, children, context);
  if (Array.isArray(value)) {
    return value.map((item) => applyBranch(item, children, context)).filter((item) => item !== undefined);
  }
  if (!computes(children)) return context.keep ? value : undefined;
  const made: Doc = new Map();
  compute(made, new Map(), children, context);
  return made;
}

function computes(shape: Shape): boolean {
  return [...shape.values()].some(
    (rule) => rule.kind === 'compute' || (rule.kind === 'branch' && computes(rule.children)),
  );
}

/** Computed fields see the document as it was, whatever happened to it on the way. */
function compute(made: Doc, doc: Doc, shape: Shape, context: Context): void {
  for (const [name, rule] of shape) {
    if (rule.kind === 'compute') {
      const value = rule.expression(context.scope);
      if (value === undefined) made.delete(name);
      else made.set(name, value);
    } else if (rule.kind === 'branch' && !doc.has(name) && computes(rule.children)) {
      const inner: Doc = new Map();
      compute(inner, new Map(), rule.children, context);
      made.set(name, inner);
    }
  }
}
