import type { Field } from '../../sessions/schema.ts';
import { fieldAt, fieldsOf } from './fields.ts';
import type { Names } from './names.ts';
import { placeAt } from './places.ts';
import type { Place, Setting } from './places.ts';
import type { Shape, Source } from './shapes.ts';
import { inUsualOrder, keySnippet } from './snippets.ts';
import { joins } from './stageShapes.ts';
import {
  called,
  collectionMember,
  constructors,
  declared,
  isCombining,
  isCondition,
  isIdentifier,
  javaScript,
  keyed,
  operators,
  optionKeys,
  plain,
  quoted,
  stages,
  typesOf,
  worded,
} from './suggestions.ts';
import type { Desk, Suggestion, Suggestions } from './suggestions.ts';
import type { Value } from './values.ts';

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
  const own = place.kind === 'value' || place.kind === 'expression' ? place.declared : [];
  const suggestions = await suggestionsFor(place, { ...setting, word, declared: own, next, signal });
  if (suggestions.length === 0) return undefined;
  return { place: place.kind, from: word.from, to: word.to, suggestions };
}

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

function globals(desk: Desk): Suggestions {
  const { reference } = desk;
  return [
    ...declared(desk),
    plain('variable', 'db', 'db'),
    ...Object.entries(reference.globals).map(([name, method]) =>
      called(name, method, 'global', undefined, desk),
    ),
    plain('variable', 'sh', 'sh'),
    ...javaScript.map((word) => plain('keyword', word, word)),
  ];
}

async function keys(shape: Shape, taken: ReadonlySet<string>, desk: Desk): Promise<Suggestions> {
  const isFirst = taken.size === 0;
  switch (shape.kind) {
    case 'filter':
      return [...(await fieldKeys(shape.source, 'dotted', desk)), ...operators('query', desk, isCombining)];
    case 'condition': {
      const inside: Source = { kind: 'inside', of: shape.source, path: shape.path };
      const below = isFirst ? await fieldKeys(inside, 'plain', desk) : [];
      return [...operators('query', desk, isCondition), ...below];
    }
    case 'projection':
    case 'sort':
    case 'computed':
    case 'assignments':
      return fieldKeys(shape.source, 'dotted', desk);
    case 'document':
      return fieldKeys(shape.source, 'plain', desk);
    case 'update':
      return operators('update', desk);
    case 'pipeline':
    case 'stage':
      return isFirst ? stages(desk, (snippet) => snippet) : [];
    case 'expression':
      return isFirst ? operators('expression', desk) : [];
    case 'accumulator':
      return isFirst ? operators('accumulator', desk) : [];
    case 'group':
      return optionKeys(['_id'], desk);
    case 'join':
      return optionKeys(joins[shape.stage], desk);
    case 'options':
      return optionKeys(Object.keys(shape.options), desk);
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
    case 'words':
    case 'value':
      return [];
  }
}

async function values(shape: Shape, desk: Desk): Promise<Suggestions> {
  const { names, word, signal } = desk;
  const isQuoted = word.quote !== undefined;
  switch (shape.kind) {
    case 'database':
      return (await names.databases(signal)).map((name) => worded('database', name, desk));
    case 'collection':
      return (await names.collections(shape.database, signal)).map((name) =>
        worded('collection', name, desk),
      );
    case 'field':
      return (await paths(shape.source, desk)).map(([path, field]) => ({
        ...worded('field', path, desk),
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
        ...worded('field', `$${path}`, desk),
        detail: typesOf(field),
      }));
      return isQuoted ? fields : [...fields, ...constructors([], desk)];
    }
    case 'condition': {
      if (isQuoted) return [];
      const field = fieldAt(await fieldsOf(shape.source, names, signal), shape.path);
      return constructors(field === undefined ? [] : [...field.types, ...field.items], desk);
    }
    case 'words':
      return shape.words.map((word) => worded('value', word, desk));
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

async function fieldKeys(source: Source, way: 'dotted' | 'plain', desk: Desk): Promise<Suggestions> {
  const found =
    way === 'dotted'
      ? await paths(source, desk)
      : (await fieldsOf(source, desk.names, desk.signal)).map((field) => [field.name, field] as const);
  return found.map(([path, field]) => {
    const name = isIdentifier(path) || desk.word.quote !== undefined ? path : quoted(path);
    return { ...keyed('field', path, name, keySnippet(name), desk), detail: typesOf(field) };
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
