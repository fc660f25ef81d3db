import type { Field } from '../sessions/schema.ts';
import { fieldAt, fieldsOf } from './fields.ts';
import type { Names } from './names.ts';
import { placeAt } from './places.ts';
import type { Place, Setting, Word } from './places.ts';
import { methodOf } from './reference.ts';
import type { Method, OperatorSort, Reference, Topic } from './reference.ts';
import { joins } from './shapes.ts';
import type { Shape, Source } from './shapes.ts';
import { inUsualOrder, keySnippet, literal, operatorSnippet, stageSnippet } from './snippets.ts';
import type { Value } from './values.ts';

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

export interface Completion {
  /** What is being written. */
  readonly place: Place['kind'];
  /** The word that gives way. */
  readonly from: number;
  readonly to: number;
  /** The best first. */
  readonly suggestions: readonly Suggestion[];
}

/** What may be written at a place of a text. Nothing is asked of a database that `names` does not know. */
export async function completionAt(
  text: string,
  offset: number,
  setting: Setting & { readonly names: Names },
  signal: AbortSignal,
): Promise<Completion | undefined> {
  const place = placeAt(text, offset, setting);
  if (place === undefined) return undefined;
  const { word } = place;
  const next = /^['"]?\s*(\S?)/.exec(text.slice(word.to, word.to + 80))?.[1] ?? '';
  const suggestions = await suggestionsFor(place, { ...setting, word, next, signal });
  if (suggestions.length === 0) return undefined;
  return { place: place.kind, from: word.from, to: word.to, suggestions };
}

/** What suggestions are made with. */
interface Desk {
  readonly reference: Reference;
  readonly names: Names;
  readonly word: Word;
  /** The sign behind the word: what is there need not be written again. */
  readonly next: string;
  readonly signal: AbortSignal;
}

type Suggestions = readonly Suggestion[];

async function suggestionsFor(place: Place, desk: Desk): Promise<Suggestions> {
  switch (place.kind) {
    case 'member':
      return members(place.value, desk);
    case 'key': {
      const taken = new Set(place.taken);
      return (await keys(place.shape, taken, desk)).filter(({ label }) => !taken.has(label));
    }
    case 'value':
      return values(place.shape, desk);
    case 'expression':
      return globals(desk);
  }
}

async function members(value: Value, desk: Desk): Promise<Suggestions> {
  const { reference, names, signal } = desk;
  const known = reference.classes[value.of] ?? {};
  const methods = inUsualOrder(value.of, Object.keys(known)).flatMap((name) => {
    const method = known[name];
    return method === undefined ? [] : called(name, method, 'method', value.of, desk);
  });
  // What is on its way out comes last.
  methods.sort((a, b) => Number(a.isDeprecated ?? false) - Number(b.isDeprecated ?? false));
  if (value.of === 'Database') {
    const collections = await names.collections(value.database, signal);
    return [...collections.map((name) => collectionMember(name, reference)), ...methods];
  }
  if (value.of !== 'Collection') return methods;
  const prefix = `${value.collection}.`;
  const below = (await names.collections(value.database, signal)).filter((name) => name.startsWith(prefix));
  return [
    ...methods,
    ...below
      .map((name) => name.slice(prefix.length))
      .filter((rest) => rest.split('.').every((part) => isIdentifier(part)))
      .map((rest) => plain('collection', rest, rest)),
  ];
}

function called(
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
function collectionMember(name: string, reference: Reference): Suggestion {
  const [first = '', ...rest] = name.split('.');
  const isPlain =
    isIdentifier(first) &&
    !first.startsWith('_') &&
    methodOf(reference, 'Database', first) === undefined &&
    rest.every((part) => isIdentifier(part) && methodOf(reference, 'Collection', part) === undefined);
  return plain('collection', name, isPlain ? name : `getCollection(${quoted(name)})`);
}

function globals(desk: Desk): Suggestions {
  const { reference } = desk;
  return [
    plain('variable', 'db', 'db'),
    ...Object.entries(reference.globals).map(([name, method]) =>
      called(name, method, 'global', undefined, desk),
    ),
    plain('variable', 'sh', 'sh'),
  ];
}

async function keys(shape: Shape, taken: ReadonlySet<string>, desk: Desk): Promise<Suggestions> {
  const isFirst = taken.size === 0;
  switch (shape.kind) {
    case 'filter':
      return [...(await fieldKeys(shape.source, 'dotted', desk)), ...operators('query', isCombining, desk)];
    case 'condition': {
      const inside: Source = { kind: 'inside', of: shape.source, path: shape.path };
      const below = isFirst ? await fieldKeys(inside, 'plain', desk) : [];
      return [...operators('query', isCondition, desk), ...below];
    }
    case 'projection':
    case 'sort':
    case 'computed':
    case 'assignments':
      return fieldKeys(shape.source, 'dotted', desk);
    case 'document':
      return fieldKeys(shape.source, 'plain', desk);
    case 'update':
      return operators('update', all, desk);
    case 'pipeline':
    case 'stage':
      return isFirst ? stages(desk, (snippet) => snippet) : [];
    case 'expression':
      return isFirst ? operators('expression', all, desk) : [];
    case 'accumulator':
      return isFirst ? operators('accumulator', all, desk) : [];
    case 'group':
      return options(['_id'], desk);
    case 'join':
      return options(joins[shape.stage], desk);
    case 'options':
      return options(Object.keys(shape.options), desk);
    case 'either':
      return keys(shape.inside, taken, desk);
    case 'list':
      return keys(shape.of, taken, desk);
    case 'accumulators':
    case 'each':
    case 'field':
    case 'collection':
    case 'database':
    case 'direction':
    case 'value':
      return [];
  }
}

async function values(shape: Shape, desk: Desk): Promise<Suggestions> {
  const { names, word, signal } = desk;
  const isQuoted = word.quote !== undefined;
  switch (shape.kind) {
    case 'database':
      return (await names.databases(signal)).map((name) => text('database', name, desk));
    case 'collection':
      return (await names.collections(shape.database, signal)).map((name) => text('collection', name, desk));
    case 'field':
      return (await paths(shape.source, desk)).map(([path, field]) => ({
        ...text('field', path, desk),
        detail: typesOf(field),
      }));
    case 'expression': {
      if (word.text.startsWith('$$'))
        return Object.keys(desk.reference.operators.variable).map((name) => ({
          ...plain('variable', name, name),
          topic: { kind: 'operator', sort: 'variable', name } as const,
        }));
      if (isQuoted && word.text !== '' && !word.text.startsWith('$')) return [];
      const fields = (await paths(shape.source, desk)).map(([path, field]) => ({
        ...text('field', `$${path}`, desk),
        detail: typesOf(field),
      }));
      return isQuoted ? fields : [...fields, ...constructors([], desk)];
    }
    case 'condition': {
      if (isQuoted) return [];
      const field = fieldAt(await fieldsOf(shape.source, names, signal), shape.path);
      return constructors(field === undefined ? [] : [...field.types, ...field.items], desk);
    }
    case 'direction':
      return isQuoted ? [] : [plain('value', '1', '1'), plain('value', '-1', '-1')];
    case 'stage':
      return isQuoted ? [] : stages(desk, (snippet) => `{ ${snippet} }`);
    case 'either':
      return values(shape.text, desk);
    case 'value':
    case 'document':
      return isQuoted ? [] : constructors([], desk);
    case 'filter':
    case 'projection':
    case 'sort':
    case 'update':
    case 'assignments':
    case 'pipeline':
    case 'computed':
    case 'group':
    case 'accumulators':
    case 'accumulator':
    case 'join':
    case 'options':
    case 'each':
    case 'list':
      return [];
  }
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

function isCombining(name: string): boolean {
  return combining.has(name);
}

function isCondition(name: string): boolean {
  return !combining.has(name) && !nested.has(name);
}

function all(): boolean {
  return true;
}

function operators(
  sort: 'query' | 'update' | 'expression' | 'accumulator',
  fits: (name: string) => boolean,
  desk: Desk,
): Suggestions {
  return inUsualOrder(sort, Object.keys(desk.reference.operators[sort]))
    .filter(fits)
    .map((name) => ({
      ...key('operator', name, name, operatorSnippet(name, sort), desk),
      topic: topicOf(sort, name),
    }));
}

function stages(desk: Desk, around: (snippet: string) => string): Suggestions {
  return inUsualOrder('stage', Object.keys(desk.reference.operators.stage)).map((name) => ({
    ...key('stage', name, name, around(stageSnippet(name)), desk),
    topic: topicOf('stage', name),
  }));
}

function options(names: readonly string[], desk: Desk): Suggestions {
  return names.map((name) => key('option', name, name, keySnippet(name), desk));
}

async function fieldKeys(source: Source, way: 'dotted' | 'plain', desk: Desk): Promise<Suggestions> {
  const found =
    way === 'dotted'
      ? await paths(source, desk)
      : (await fieldsOf(source, desk.names, desk.signal)).map((field) => [field.name, field] as const);
  return found.map(([path, field]) => {
    const name = isIdentifier(path) || desk.word.quote !== undefined ? path : quoted(path);
    return { ...key('field', path, name, keySnippet(name), desk), detail: typesOf(field) };
  });
}

/** More than these nobody looks through. */
const mostPaths = 2000;

/** Fields and what is in them, those that are nearest first. */
async function paths(
  source: Source,
  { names, signal }: Desk,
): Promise<readonly (readonly [string, Field])[]> {
  const found: (readonly [string, Field])[] = [];
  let level = (await fieldsOf(source, names, signal)).map((field) => [field.name, field] as const);
  while (level.length > 0 && found.length < mostPaths) {
    found.push(...level);
    level = level.flatMap(([path, field]) =>
      field.fields.map((inner) => [`${path}.${inner.name}`, inner] as const),
    );
  }
  return found;
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

function constructors(types: readonly string[], desk: Desk): Suggestions {
  const first = types.flatMap((type) => makers[type] ?? []);
  return [...new Set([...first, ...constructorNames])].flatMap((name) => {
    const method = methodOf(desk.reference, undefined, name);
    return method === undefined ? [] : called(name, method, 'global', undefined, desk);
  });
}

function topicOf(sort: OperatorSort, name: string): Topic {
  return { kind: 'operator', sort, name };
}

/** A key with what comes behind it, or without, where that is there or the key is in quotes. */
function key(
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

function text(kind: Suggestion['kind'], label: string, { word }: Desk): Suggestion {
  const { quote } = word;
  return plain(kind, label, quote === undefined ? quoted(label) : escaped(label, quote));
}

function plain(kind: Suggestion['kind'], label: string, insert: string): Suggestion {
  return { kind, label, detail: '', insert, isSnippet: false };
}

function isIdentifier(name: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name);
}

function quoted(name: string): string {
  return `'${escaped(name, "'")}'`;
}

function escaped(name: string, quote: string): string {
  return name
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', String.raw`\n`);
}
