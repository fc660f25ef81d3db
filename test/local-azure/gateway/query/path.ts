import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';

/** `a.b.0` cut at its dots. */
export type Path = readonly string[];

export function splitPath(text: string): Path {
  return text.split('.');
}

/** A part of a path that can also be a place in an array. */
export function arrayIndex(part: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(part) ? Number(part) : undefined;
}

/** Remembers where in the first array a match was found, which is what `$` in an update stands for. */
export interface Trace {
  index: number | undefined;
}

type Test = (value: Value | undefined) => boolean;

/**
 * Whether a value that the path reaches passes the test. Arrays on the way stand for their documents; an
 * array at the end stands for each of its elements and for itself, unless `whole` asks for itself alone. A
 * missing value is tested as `undefined`.
 */
export function reaches(doc: Doc, path: Path, test: Test, whole: boolean, trace?: Trace): boolean {
  return new Walk(path, test, whole, trace).doc(doc, 0);
}

class Walk {
  readonly path: Path;
  readonly test: Test;
  readonly whole: boolean;
  readonly trace: Trace | undefined;
  constructor(path: Path, test: Test, whole: boolean, trace: Trace | undefined) {
    this.path = path;
    this.test = test;
    this.whole = whole;
    this.trace = trace;
  }

  doc(doc: Doc, at: number): boolean {
    return this.value(doc.get(this.path[at] ?? ''), at + 1);
  }

  value(value: Value | undefined, at: number): boolean {
    if (at === this.path.length) return this.leaf(value);
    if (isDoc(value)) return this.doc(value, at);
    if (Array.isArray(value)) return this.array(value, at);
    return this.test(undefined);
  }

  array(items: readonly Value[], at: number): boolean {
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (isDoc(item) && this.doc(item, at)) return this.found(index);
    }
    const index = arrayIndex(this.path[at] ?? '');
    if (index === undefined || index >= items.length) return false;
    return this.value(items[index], at + 1);
  }

  leaf(value: Value | undefined): boolean {
    if (!this.whole && Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        if (this.test(value[index])) return this.found(index);
      }
    }
    return this.test(value);
  }

  /** Called from the inside out, so the outermost array has the last word. */
  found(index: number): true {
    if (this.trace) this.trace.index = index;
    return true;
  }
}

/** All values that the path reaches, arrays at the end opened; what sorting and indexes look at. */
export function valuesAt(doc: Doc, path: Path): (Value | undefined)[] {
  const values: (Value | undefined)[] = [];
  const collect: Test = (value) => {
    if (!Array.isArray(value)) values.push(value);
    else values.push(...value);
    return false;
  };
  reaches(doc, path, collect, true);
  return values;
}
