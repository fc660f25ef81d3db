/** What there is to say of mongosh's language. Made when the extension is built, from what mongosh's makers say. */
export interface Reference {
  /** What all links begin with. */
  readonly links: string;
  /** Their methods, by class and name. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, Method>>>>;
  /** What can be called without a dot before it. */
  readonly globals: Readonly<Record<string, Method>>;
  readonly operators: Readonly<Record<OperatorSort, Readonly<Record<string, Help>>>>;
}

export type OperatorSort = 'query' | 'update' | 'stage' | 'accumulator' | 'expression' | 'variable';

export interface Help {
  readonly text: string;
  /** What follows the beginning that all links share. */
  readonly link?: string;
}

export interface Method extends Help {
  /** The names of what it takes, each way of calling it: `?` behind what may be left out, dots before a rest. */
  readonly takes: readonly (readonly string[])[];
  /** A class of those above. */
  readonly returns?: string;
  readonly isDeprecated?: true;
}

/** What help is about. A method belongs to a class, or to none. */
export type Topic =
  | { readonly kind: 'operator'; readonly sort: OperatorSort; readonly name: string }
  | { readonly kind: 'method'; readonly of: string | undefined; readonly name: string };

export function helpOn(reference: Reference, topic: Topic): Help | undefined {
  if (topic.kind === 'operator') return own(reference.operators[topic.sort], topic.name);
  return methodOf(reference, topic.of, topic.name);
}

export function methodOf(reference: Reference, of: string | undefined, name: string): Method | undefined {
  if (of === undefined) return own(reference.globals, name);
  const methods = own(reference.classes, of);
  return methods === undefined ? undefined : own(methods, name);
}

export function linkOf(reference: Reference, { link }: Help): string | undefined {
  return link === undefined ? undefined : reference.links + link;
}

/** Names come from what somebody types: `constructor` is none of ours. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
