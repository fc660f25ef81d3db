import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { arrayIndex } from '../query/path.ts';
import type { Path, Trace } from '../query/path.ts';
import { nameOfType } from '../expression/operator.ts';

/** Which elements `$[name]` stands for. */
export type ArrayFilters = ReadonlyMap<string, (value: Value | undefined) => boolean>;

/** Padding an array further than this is taken for a mistake, as the real server does. */
const MAX_PADDING = 1_500_000;

/** One place in a document that is being changed. */
export interface Place {
  read(): Value | undefined;
  write(value: Value): void;
  /** In an array a removed element leaves null behind, or the others would move. */
  remove(): void;
}

function viable(name: string, holder: Value): CommandError {
  return new CommandError(
    'PathNotViable',
    `Cannot create field '${name}' in element of type ${nameOfType(holder)}`,
  );
}

function child(holder: Value, name: string): Value | undefined {
  if (isDoc(holder)) return holder.get(name);
  if (!Array.isArray(holder)) return undefined;
  const index = arrayIndex(name);
  return index === undefined ? undefined : holder[index];
}

function put(holder: Value, name: string, value: Value): void {
  if (isDoc(holder)) {
    holder.set(name, value);
    return;
  }
  const index = arrayIndex(name);
  if (!Array.isArray(holder) || index === undefined) throw viable(name, holder);
  if (index > holder.length + MAX_PADDING)
    throw new CommandError('CannotBackfillArray', "can't backfill array to larger than 1500000 elements");
  while (holder.length < index) holder.push(null);
  holder[index] = value;
}

/** The place that a path without wildcards names; what is missing on the way is made when it is written to. */
export function placeAt(root: Doc, path: Path): Place {
  const name = path.at(-1) ?? '';
  const holderOf = (): Value | undefined => {
    let holder: Value | undefined = root;
    for (const part of path.slice(0, -1)) holder = holder === undefined ? undefined : child(holder, part);
    return holder;
  };
  return {
    read() {
      const holder = holderOf();
      return holder === undefined ? undefined : child(holder, name);
    },
    write(value) {
      let holder: Value = root;
      for (const [at, part] of path.slice(0, -1).entries()) {
        let next = child(holder, part);
        if (next === undefined) {
          next = new Map();
          put(holder, part, next);
        }
        if (!isDoc(next) && !Array.isArray(next)) throw viable(path[at + 1] ?? name, next);
        holder = next;
      }
      put(holder, name, value);
    },
    remove() {
      const holder = holderOf();
      if (isDoc(holder)) holder.delete(name);
      else if (Array.isArray(holder) && child(holder, name) !== undefined) put(holder, name, null);
    },
  };
}

/** Replaces `$`, `$[]` and `$[name]` by the places that they stand for in this document. */
export function concretePaths(root: Doc, path: Path, trace: Trace, filters: ArrayFilters): readonly Path[] {
  let found: { readonly path: Path; readonly value: Value | undefined }[] = [{ path: [], value: root }];
  for (const part of path) {
    found = found.flatMap(({ path: before, value }) =>
      namesFor(part, value, { trace, filters, before }).map((name) => ({
        path: [...before, name],
        value: value === undefined ? undefined : child(value, name),
      })),
    );
  }
  return found.map((item) => item.path);
}

function namesFor(
  part: string,
  value: Value | undefined,
  {
    trace,
    filters,
    before,
  }: { readonly trace: Trace; readonly filters: ArrayFilters; readonly before: Path },
): readonly string[] {
  if (part === '$') {
    if (trace.index !== undefined) return [String(trace.index)];
    throw new CommandError(
      'BadValue',
      'The positional operator did not find the match needed from the query.',
    );
  }
  const named = /^\$\[(.*)\]$/.exec(part);
  if (!named) return [part];
  if (!Array.isArray(value)) {
    throw new CommandError(
      'BadValue',
      `The path '${before.join('.')}' must exist in the document in order to apply array updates.`,
    );
  }
  const [, identifier = ''] = named;
  const filter = identifier === '' ? () => true : filters.get(identifier);
  if (!filter) {
    throw new CommandError(
      'BadValue',
      `No array filter found for identifier '${identifier}' in path '${before.join('.')}'`,
    );
  }
  return [...value.keys()].filter((index) => filter(value[index])).map(String);
}
