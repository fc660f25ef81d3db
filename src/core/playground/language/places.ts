import type { Reference } from './reference.ts';
import { itemShape, memberShape } from './innerShapes.ts';
import { argumentOf } from './methodShapes.ts';
import type { Entries, Shape, Source } from './shapes.ts';
import { literalAt, partsOf, tokensOf } from './tokens.ts';
import type { Literal, Token, Tokens } from './tokens.ts';
import { calleeAt, databaseAt, declaredIn, valueBefore } from './values.ts';
import type { Callee, Script, Value } from './values.ts';

/** A word that is written, or is to be: what there is of it before the cursor, and all of it in its text. */
export interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Where it is in quotes, which. */
  readonly quote: string | undefined;
}

/** What somebody is writing. */
export type Place = { readonly word: Word } & (
  | { readonly kind: 'member'; readonly value: Value }
  | { readonly kind: 'key'; readonly shape: Shape; readonly taken: readonly string[] }
  | { readonly kind: 'value'; readonly shape: Shape; readonly declared: readonly string[] }
  /** An expression of which nothing is known. */
  | { readonly kind: 'expression'; readonly declared: readonly string[] }
);

export interface Setting {
  readonly reference: Reference;
  /** Where the script runs, unless it says otherwise. */
  readonly database: string;
}

/** What is written at a place of a text: nothing to say of comments, patterns and templates. */
export function placeAt(text: string, offset: number, setting: Setting): Place | undefined {
  const scanned = tokensOf(text, offset);
  if (scanned.end === 'elsewhere') return undefined;
  const { tokens } = scanned;
  const last = tokens.at(-1);
  const isString = scanned.end === 'string';
  const isWord = !isString && last?.kind === 'word' && last.to === offset;
  if (!isString && last?.kind === 'number' && last.to === offset) return undefined;
  const before = tokens.length - (isString || isWord ? 1 : 0);
  const script: Script = { ...setting, tokens };
  const word = wordAt(text, offset, isString || isWord ? last : undefined, isString);

  if (isString) return indexed(script, before, word) ?? framed(script, scanned, before, word);
  if (!isDot(tokens[before - 1])) return framed(script, scanned, before, word);
  const first = dottedKey(scanned, before);
  const key = first === undefined ? undefined : framed(script, scanned, first, dotted(tokens, first, word));
  if (key?.kind === 'key') return key;
  const value = valueBefore(script, before - 1);
  return value === undefined ? undefined : { kind: 'member', value, word };
}

/** The call that somebody is filling in, and which of its arguments. */
export function callAt(
  text: string,
  offset: number,
  setting: Setting,
): { readonly callee: Callee; readonly argument: number } | undefined {
  const scanned = tokensOf(text, offset);
  if (scanned.end === 'elsewhere') return undefined;
  const script: Script = { ...setting, tokens: scanned.tokens };
  for (let depth = scanned.open.length - 1; depth >= 0; depth--) {
    const bracket = scanned.open[depth] ?? 0;
    if (isBlock(script.tokens, bracket)) return undefined;
    const callee = calleeAt(script, bracket);
    if (callee === undefined) continue;
    const end = scanned.open[depth + 1] ?? scanned.tokens.length;
    return { callee, argument: currentPart(script.tokens, bracket, end).index };
  }
  return undefined;
}

function wordAt(text: string, offset: number, token: Token | undefined, isString: boolean): Word {
  if (token === undefined) return { text: '', from: offset, to: offset, quote: undefined };
  const rest = isString ? /[^'"\s,:{}()[\]]*/y : /[\p{L}\p{N}_$]*/uy;
  rest.lastIndex = offset;
  const to = offset + (rest.exec(text)?.[0].length ?? 0);
  const quote = isString ? text[token.from] : undefined;
  return { text: token.text, from: token.from + (isString ? 1 : 0), to, quote };
}

function isDot(token: Token | undefined): boolean {
  return token?.kind === 'sign' && (token.text === '.' || token.text === '?.');
}

/** The first word of a key such as `address.city`, which is none until it has quotes. */
function dottedKey({ tokens, open }: Tokens, before: number): number | undefined {
  let at = before - 1;
  while (isDot(tokens[at]) && tokens[at - 1]?.kind === 'word') at -= 2;
  const sign = tokens[at]?.text;
  if (sign !== '{' && sign !== ',') return undefined;
  return tokens[open.at(-1) ?? -1]?.text === '{' && at + 1 < before ? at + 1 : undefined;
}

function dotted(tokens: readonly Token[], first: number, word: Word): Word {
  const from = tokens[first]?.from ?? word.from;
  const names = tokens.slice(first).filter(({ kind }) => kind === 'word');
  const text = names.map((token) => token.text).join('.');
  return { ...word, from, text: word.text === '' ? `${text}.` : text };
}

/** The name in `db['orders']`. */
function indexed(script: Script, before: number, word: Word): Place | undefined {
  const bracket = script.tokens[before - 1];
  const owner = script.tokens[before - 2];
  if (bracket?.text !== '[' || (owner?.kind !== 'word' && owner?.text !== ')')) return undefined;
  const value = valueBefore(script, before - 1);
  if (value?.of !== 'Database') return undefined;
  return { kind: 'value', shape: { kind: 'collection', database: value.database }, declared: [], word };
}

/** A bracket that opens statements, and no object. */
function isBlock(tokens: readonly Token[], bracket: number): boolean {
  if (tokens[bracket]?.text !== '{') return false;
  const before = tokens[bracket - 1];
  if (before === undefined) return true;
  if (before.kind === 'word') return !/^(?:return|await|of|in|typeof|case)$/.test(before.text);
  return before.kind !== 'sign' || [')', '=>', ';', '{', '}'].includes(before.text);
}

interface Part {
  /** How many there are before it. */
  readonly index: number;
  /** Its first token. */
  readonly first: number;
}

function currentPart(tokens: readonly Token[], bracket: number, end: number): Part {
  let [index, first] = [0, bracket + 1];
  for (let at = bracket + 1; at < end; at++) {
    const token = tokens[at];
    if (token?.kind !== 'sign') continue;
    if (token.pair !== undefined) at = token.pair;
    else if (token.text === ',') [index, first] = [index + 1, at + 1];
  }
  return { index, first };
}

/** What the brackets around it make of a place: those of a call, and of the objects and lists in there. */
function framed(script: Script, { open }: Tokens, before: number, word: Word): Place | undefined {
  const { tokens } = script;
  const root = open.findLastIndex((bracket) => tokens[bracket]?.text === '(' || isBlock(tokens, bracket));
  const outermost = open[root];
  const callee = outermost === undefined ? undefined : calleeAt(script, outermost);
  const isStatement = open.length === 0 || isBlock(tokens, open.at(-1) ?? 0);
  const isOpen = word.quote === undefined && mayBegin(tokens[before - 1], isStatement);
  const unknown = (): Place | undefined =>
    isOpen ? { kind: 'expression', declared: declaredIn(tokens), word } : undefined;
  if (outermost === undefined || callee === undefined)
    return root === open.length - 1 || open.length === 0 ? unknown() : undefined;

  const ends = (depth: number): number => open[depth + 1] ?? before;
  const call = currentPart(tokens, outermost, ends(root));
  let shape = argumentOf(callee.value?.of, callee.name, call.index, hereOf(script, outermost, callee));
  let begins = call.first === before;
  for (let depth = root + 1; depth < open.length; depth++) {
    const bracket = open[depth] ?? 0;
    const { first } = currentPart(tokens, bracket, ends(depth));
    if (tokens[bracket]?.text === '[') {
      shape = itemShape(shape, literalsOf(tokens, bracket, first));
      begins = first === before;
      continue;
    }
    const key = tokens[first];
    if (first < before && key !== undefined && tokens[first + 1]?.text === ':' && first + 1 < before) {
      shape = memberShape(shape, key.text, entriesOf(tokens, bracket, first));
      begins = first + 2 === before;
      continue;
    }
    if (depth < open.length - 1 || first < before) return undefined;
    const taken = entriesOf(tokens, bracket, first).map(([name]) => name);
    return { kind: 'key', shape, taken, word };
  }
  return begins ? { kind: 'value', shape, declared: isOpen ? declaredIn(tokens) : [], word } : unknown();
}

/** Behind a whole value stands nothing, unless a statement ended with it. */
function mayBegin(token: Token | undefined, isStatement: boolean): boolean {
  if (token === undefined || isStatement) return true;
  return token.kind === 'sign' && ![')', ']', '}'].includes(token.text);
}

function hereOf(script: Script, bracket: number, { value }: Callee): { source: Source; database: string } {
  const database = value?.database ?? databaseAt(script, bracket);
  const collection = value?.collection;
  if (collection === undefined) return { source: { kind: 'unknown' }, database };
  return { source: { kind: 'collection', database, collection }, database };
}

function literalsOf(tokens: readonly Token[], bracket: number, first: number): readonly Literal[] {
  return partsOf(tokens, bracket + 1, first).map(([from, end]) => literalAt(tokens, from, end));
}

function entriesOf(tokens: readonly Token[], bracket: number, first: number): Entries {
  return partsOf(tokens, bracket + 1, first).flatMap(([from, end]) => {
    const key = tokens[from];
    if (key === undefined || tokens[from + 1]?.text !== ':') return [];
    return [[key.text, literalAt(tokens, from + 2, end)] as const];
  });
}
