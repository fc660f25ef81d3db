import { methodOf } from './reference.ts';
import type { Reference } from './reference.ts';
import type { Token } from './tokens.ts';

/** What an expression of a script is, as far as that is known without running it. */
export interface Value {
  /** A class of mongosh's. */
  readonly of: string;
  readonly database: string;
  /** Whose documents it has, where it has some. */
  readonly collection?: string;
}

export interface Script {
  readonly tokens: readonly Token[];
  readonly reference: Reference;
  /** Where `db` is at its beginning. */
  readonly database: string;
}

export interface Callee {
  readonly name: string;
  /** Whose method it is; undefined of what stands alone. */
  readonly value: Value | undefined;
}

/** A variable may be made of another one, and that of this one. */
const mostVariables = 10;

/** What stands before a place: what it is a member of. */
export function valueBefore(script: Script, end: number): Value | undefined {
  const from = beginningOf(script.tokens, end);
  return from === undefined ? undefined : valueAt(script, from, end, mostVariables);
}

/** What is called with the bracket at a place. */
export function calleeAt(script: Script, bracket: number): Callee | undefined {
  const { tokens } = script;
  const word = tokens[bracket - 1];
  if (tokens[bracket]?.text !== '(' || word?.kind !== 'word') return undefined;
  if (!isDot(tokens[bracket - 2])) return { name: word.text, value: undefined };
  const value = valueBefore(script, bracket - 2);
  return value === undefined ? undefined : { name: word.text, value };
}

/** Where `db` is at a place, as the script says so far. */
export function databaseAt(script: Script, place: number): string {
  return databaseBefore(script, place, mostVariables);
}

function databaseBefore(script: Script, place: number, variables: number): string {
  const { tokens, database } = script;
  if (variables === 0) return database;
  for (let at = place - 1; at >= 0; at--) {
    const token = tokens[at];
    if (token?.kind !== 'word' || isDot(tokens[at - 1])) continue;
    const next = tokens[at + 1]?.text;
    const name = tokens[at + 2];
    if (token.text === 'use' && next === '(' && name?.kind === 'string' && tokens[at + 3]?.text === ')')
      return name.text;
    if (token.text === 'db' && next === '=') {
      const value = valueAt(script, at + 2, place, variables - 1);
      if (value?.of === 'Database') return value.database;
    }
  }
  return database;
}

/** The names that a script has declared so far, the latest first. */
export function declaredIn(tokens: readonly Token[]): readonly string[] {
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token.kind === 'word' && /^(?:const|let|var|function|class)$/.test(token.text)) {
      if (next?.kind === 'word') names.add(next.text);
      if (next?.pair !== undefined) for (const name of boundIn(tokens, at + 1, next.pair)) names.add(name);
    }
    if (token.kind === 'word' && next?.text === '=>') names.add(token.text);
    if (token.text === '(' && token.pair !== undefined && tokens[token.pair + 1]?.text === '=>')
      for (const name of boundIn(tokens, at, token.pair)) names.add(name);
  }
  return [...names].toReversed();
}

/** The names in brackets that take something apart. */
function boundIn(tokens: readonly Token[], from: number, to: number): readonly string[] {
  return tokens
    .slice(from + 1, to)
    .flatMap(({ kind, text }, at) =>
      kind === 'word' && tokens[from + at + 2]?.text !== ':' && tokens[from + at]?.text !== '=' ? [text] : [],
    );
}

function isDot(token: Token | undefined): boolean {
  return token?.kind === 'sign' && (token.text === '.' || token.text === '?.');
}

/** Where the expression begins that ends before a place: `db` of `db.orders.find({}).`. */
function beginningOf(tokens: readonly Token[], end: number): number | undefined {
  let at = end - 1;
  for (;;) {
    const token = tokens[at];
    if (token === undefined) return undefined;
    if (token.text === ')' || token.text === ']') {
      const opener = openerOf(tokens, at);
      if (opener === undefined) return undefined;
      at = opener - 1;
      continue;
    }
    if (token.kind !== 'word') return undefined;
    if (!isDot(tokens[at - 1])) return at;
    at -= 2;
  }
}

/** Only what opens knows what closes it. */
function openerOf(tokens: readonly Token[], close: number): number | undefined {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    const token = tokens[at];
    if (token?.kind !== 'sign') continue;
    if (')]}'.includes(token.text)) depth++;
    else if ('([{'.includes(token.text) && --depth === 0) return token.pair === close ? at : undefined;
  }
  return undefined;
}

function valueAt(script: Script, from: number, end: number, variables: number): Value | undefined {
  const { tokens } = script;
  let at = from;
  while (tokens[at]?.text === 'await' || tokens[at]?.text === 'new') at++;
  const root = tokens[at];
  if (root?.kind !== 'word' || variables === 0) return undefined;
  let value = rootValue(script, root.text, from, variables);
  for (at++; at < end && value !== undefined;) {
    const token = tokens[at];
    if (token === undefined) break;
    if (isDot(token)) {
      const name = tokens[at + 1];
      if (name?.kind !== 'word') return undefined;
      const open = tokens[at + 2];
      if (open?.text !== '(' || at + 2 >= end) {
        value = memberOf(script.reference, value, name.text);
        at += 2;
        continue;
      }
      if (open.pair === undefined) return undefined;
      const first = tokens[at + 3];
      const argument = first?.kind === 'string' && open.pair === at + 4 ? first.text : undefined;
      value = resultOf(script.reference, value, name.text, argument);
      at = open.pair + 1;
    } else if (token.text === '[' && token.pair !== undefined) {
      const name = tokens[at + 1];
      value =
        name?.kind === 'string' && token.pair === at + 2 && value.of === 'Database'
          ? { ...value, of: 'Collection', collection: name.text }
          : undefined;
      at = token.pair + 1;
    } else break;
  }
  return value;
}

function rootValue(script: Script, name: string, before: number, variables: number): Value | undefined {
  const database = (): string => databaseBefore(script, before, variables);
  if (name === 'db') return { of: 'Database', database: database() };
  if (name === 'sh') return { of: 'Shard', database: database() };
  const { tokens } = script;
  for (let at = before - 1; at > 0; at--) {
    if (tokens[at]?.text !== '=' || tokens[at - 1]?.text !== name || isDot(tokens[at - 2])) continue;
    return valueAt(script, at + 1, before, variables - 1);
  }
  return undefined;
}

/** What is no method is a collection; the name of one may have dots. */
function memberOf(reference: Reference, value: Value, name: string): Value | undefined {
  if (methodOf(reference, value.of, name) !== undefined) return undefined;
  if (value.of === 'Database') return { ...value, of: 'Collection', collection: name };
  if (value.of === 'Collection') return { ...value, collection: `${value.collection}.${name}` };
  return undefined;
}

function resultOf(
  reference: Reference,
  value: Value,
  name: string,
  argument: string | undefined,
): Value | undefined {
  const { of, database } = value;
  if (of === 'Mongo' && name === 'getDB') return { of: 'Database', database: argument ?? '' };
  if (of === 'Session' && name === 'getDatabase') return { of: 'Database', database: argument ?? '' };
  if (name === 'startSession') return { of: 'Session', database };
  const returns = methodOf(reference, of, name)?.returns;
  switch (returns) {
    case undefined:
      return undefined;
    case 'Database':
      return { of: returns, database: name === 'getSiblingDB' ? (argument ?? '') : database };
    case 'Collection':
      return { of: returns, database, collection: argument ?? value.collection ?? '' };
    default:
      return { ...value, of: returns };
  }
}
