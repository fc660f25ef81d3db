import type { Field } from '../../sessions/schema.ts';
import type { Names } from './names.ts';
import type { Word } from './places.ts';
import { methodOf } from './reference.ts';
import type { Method, OperatorSort, Reference, Topic } from './reference.ts';
import { inUsualOrder, keySnippet, literal, operatorSnippet, stageSnippet } from './snippets.ts';

/** Something that may stand in the place of a word. */
export interface Suggestion {
  readonly kind:
    | 'database'
    | 'collection'
    | 'method'
    | 'global'
    | 'field'
    | 'operator'
    | 'stage'
    | 'variable'
    | 'keyword'
    | 'option'
    | 'value';
  readonly label: string;
  /** Names of types or parameters, as their makers spell them. */
  readonly detail: string;
  readonly insert: string;
  readonly isSnippet: boolean;
  /** What help there is about it. */
  readonly topic?: Topic;
  readonly isDeprecated?: true;
}

/** What suggestions are made with. */
export interface Desk {
  readonly reference: Reference;
  readonly names: Names;
  readonly word: Word;
  /** The script's own names. */
  readonly declared: readonly string[];
  /** The sign behind the word: what is there need not be written again. */
  readonly next: string;
  readonly signal: AbortSignal;
}

export type Suggestions = readonly Suggestion[];

/** With the brackets of its call, where they are not there yet. */
export function called(
  name: string,
  method: Method,
  kind: 'method' | 'global',
  of: string | undefined,
  { next }: Desk,
): Suggestion {
  const takes = method.takes.reduce((most, one) => (one.length > most.length ? one : most), []);
  const isCalled = next === '(';
  const brackets = takes.length === 0 ? '()' : '($0)';
  return {
    kind,
    label: name,
    detail: `(${takes.join(', ')})`,
    insert: isCalled ? name : literal(name) + brackets,
    isSnippet: !isCalled && takes.length > 0,
    topic: { kind: 'method', of, name },
    ...(method.isDeprecated === true ? { isDeprecated: true } : {}),
  };
}

/** As it is written behind `db.`: what is no name of JavaScript's, or hidden by a method, has another way. */
export function collectionMember(name: string, reference: Reference): Suggestion {
  const [first = '', ...rest] = name.split('.');
  const isPlain =
    isIdentifier(first) &&
    !first.startsWith('_') &&
    // Every object has these.
    !(first in Object.prototype) &&
    methodOf(reference, 'Database', first) === undefined &&
    rest.every((part) => isIdentifier(part) && methodOf(reference, 'Collection', part) === undefined);
  return plain('collection', name, isPlain ? name : `getCollection(${quoted(name)})`);
}

/** Operators that stand where fields do. */
const combining = new Set([
  '$and',
  '$or',
  '$nor',
  '$expr',
  '$text',
  '$jsonSchema',
  '$comment',
  '$sampleRate',
]);

/** Those that stand in what others take. */
const nested = new Set(
  '$box $center $centerSphere $geometry $maxDistance $minDistance $polygon $rand'.split(' '),
);

export function isCombining(name: string): boolean {
  return combining.has(name);
}

export function isCondition(name: string): boolean {
  return !combining.has(name) && !nested.has(name);
}

export function operators(
  sort: 'query' | 'update' | 'expression' | 'accumulator',
  desk: Desk,
  fits: (name: string) => boolean = () => true,
): Suggestions {
  return inUsualOrder(sort, Object.keys(desk.reference.operators[sort]))
    .filter(fits)
    .map((name) => ({
      ...keyed('operator', name, name, operatorSnippet(name, sort), desk),
      topic: topicOf(sort, name),
    }));
}

export function stages(desk: Desk, around: (snippet: string) => string): Suggestions {
  return inUsualOrder('stage', Object.keys(desk.reference.operators.stage)).map((name) => ({
    ...keyed('stage', name, name, around(stageSnippet(name)), desk),
    topic: topicOf('stage', name),
  }));
}

export function optionKeys(names: readonly string[], desk: Desk): Suggestions {
  return names.map((name) => keyed('option', name, name, keySnippet(name), desk));
}

/** `array<string>`, `int | null`. */
export function typesOf({ types, items }: Field): string {
  return types
    .map((type) => (type === 'array' && items.length > 0 ? `array<${items.join(' | ')}>` : type))
    .join(' | ');
}

/** What makes values of these types. */
const makers: Readonly<Record<string, string>> = {
  objectId: 'ObjectId',
  date: 'ISODate',
  long: 'NumberLong',
  int: 'NumberInt',
  decimal: 'NumberDecimal',
  binData: 'UUID',
  timestamp: 'Timestamp',
};

const constructorNames =
  'ObjectId ISODate NumberLong NumberDecimal NumberInt UUID BinData Timestamp MinKey MaxKey'.split(' ');

export function constructors(types: readonly string[], desk: Desk): Suggestions {
  const first = types.flatMap((type) => makers[type] ?? []);
  const made = [...new Set([...first, ...constructorNames])].flatMap((name) => {
    const method = methodOf(desk.reference, undefined, name);
    return method === undefined ? [] : called(name, method, 'global', undefined, desk);
  });
  return [
    ...made,
    ...declared(desk),
    ...['true', 'false', 'null'].map((word) => plain('keyword', word, word)),
  ];
}

export function declared({ declared: names }: Desk): Suggestions {
  return names.map((name) => plain('variable', name, name));
}

/** JavaScript's own, as far as scripts for a shell need them. */
export const javaScript =
  'const let function return if else for of while await async new try catch throw true false null undefined typeof Date Math JSON Object Array Number String RegExp Map Set Promise console'.split(
    ' ',
  );

function topicOf(sort: OperatorSort, name: string): Topic {
  return { kind: 'operator', sort, name };
}

/** A key with what comes behind it, or without, where that is there or the key is in quotes. */
export function keyed(
  kind: Suggestion['kind'],
  label: string,
  name: string,
  snippet: string,
  { word, next }: Desk,
): Suggestion {
  if (word.quote !== undefined) return plain(kind, label, escaped(name, word.quote));
  if (next === ':') return plain(kind, label, name);
  return { kind, label, detail: '', insert: snippet, isSnippet: true };
}

/** A name in quotes, which are put around it where there are none. */
export function worded(kind: Suggestion['kind'], label: string, { word }: Desk): Suggestion {
  const { quote } = word;
  return plain(kind, label, quote === undefined ? quoted(label) : escaped(label, quote));
}

export function plain(kind: Suggestion['kind'], label: string, insert: string): Suggestion {
  return { kind, label, detail: '', insert, isSnippet: false };
}

export function isIdentifier(name: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name);
}

export function quoted(name: string): string {
  return `'${escaped(name, "'")}'`;
}

function escaped(name: string, quote: string): string {
  return name
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', String.raw`\n`);
}
