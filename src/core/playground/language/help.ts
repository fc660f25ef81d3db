import type { Field } from '../../sessions/schema.ts';
import { fieldAt, fieldsOf } from './fields.ts';
import type { Names } from './names.ts';
import { callAt, placeAt } from './places.ts';
import type { Place, Setting } from './places.ts';
import { helpOn, methodOf } from './reference.ts';
import type { Method, OperatorSort, Reference, Topic } from './reference.ts';
import type { Shape, Source } from './shapes.ts';

/** What there is to say about a word, and where it is. */
export type Help = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'topic'; readonly topic: Topic }
  | { readonly kind: 'field'; readonly path: string; readonly field: Field }
);

export async function helpAt(
  text: string,
  offset: number,
  setting: Setting & { readonly names: Names },
  signal: AbortSignal,
): Promise<Help | undefined> {
  const place = wholeAt(text, offset, setting);
  if (place === undefined || place.word.text === '') return undefined;
  const { from, to } = place.word;
  const topic = topicOf(place, setting.reference);
  if (topic !== undefined) return { kind: 'topic', topic, from, to };
  const named = fieldNamed(place);
  if (named === undefined) return undefined;
  const field = fieldAt(await fieldsOf(named.source, setting.names, signal), named.path);
  return field === undefined ? undefined : { kind: 'field', path: named.path, field, from, to };
}

/** The word that a place is in, with what is behind the place. */
function wholeAt(text: string, offset: number, setting: Setting): Place | undefined {
  const rest = /[\p{L}\p{N}_$]*/uy;
  rest.lastIndex = offset;
  const place = placeAt(text, offset + (rest.exec(text)?.[0].length ?? 0), setting);
  return place?.word.quote === undefined ? place : placeAt(text, place.word.to, setting);
}

function topicOf({ word, ...place }: Place, reference: Reference): Topic | undefined {
  const { text: name } = word;
  const known = (topic: Topic): Topic | undefined =>
    helpOn(reference, topic) === undefined ? undefined : topic;
  switch (place.kind) {
    case 'member':
      return known({ kind: 'method', of: place.value.of, name });
    case 'expression':
      return known({ kind: 'method', of: undefined, name });
    case 'key':
      return sortsOf(place.shape)
        .map((sort) => known({ kind: 'operator', sort, name }))
        .find((topic) => topic !== undefined);
    case 'value':
      if (word.quote === undefined) return known({ kind: 'method', of: undefined, name });
      return name.startsWith('$$') ? known({ kind: 'operator', sort: 'variable', name }) : undefined;
  }
}

/** Which operators may stand among the keys of a shape, the likeliest first. */
function sortsOf(shape: Shape): readonly OperatorSort[] {
  switch (shape.kind) {
    case 'filter':
    case 'condition':
      return ['query'];
    case 'update':
      return ['update'];
    case 'stage':
    case 'pipeline':
      return ['stage'];
    case 'accumulator':
      return ['accumulator', 'expression'];
    case 'expression':
    case 'projection':
    case 'computed':
      return ['expression', 'accumulator'];
    case 'either':
      return sortsOf(shape.inside);
    case 'list':
      return sortsOf(shape.of);
    case 'sort':
    case 'assignments':
    case 'document':
    case 'group':
    case 'accumulators':
    case 'join':
    case 'options':
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

interface Named {
  readonly source: Source;
  readonly path: string;
}

function fieldNamed(place: Place): Named | undefined {
  const { text } = place.word;
  if (place.kind === 'key') return keyNamed(place.shape, text);
  if (place.kind !== 'value' || place.word.quote === undefined) return undefined;
  const shape = place.shape.kind === 'either' ? place.shape.text : place.shape;
  if (shape.kind === 'field') return { source: shape.source, path: text };
  if (shape.kind !== 'expression' || !text.startsWith('$')) return undefined;
  const path = text.replace(/^\$(?:\$(?:ROOT|CURRENT)\.)?/, '');
  return { source: shape.source, path };
}

function keyNamed(shape: Shape, path: string): Named | undefined {
  switch (shape.kind) {
    case 'filter':
    case 'projection':
    case 'sort':
    case 'computed':
    case 'assignments':
    case 'document':
      return { source: shape.source, path };
    case 'condition':
      return { source: shape.source, path: `${shape.path}.${path}` };
    case 'either':
      return keyNamed(shape.inside, path);
    case 'update':
    case 'stage':
    case 'pipeline':
    case 'expression':
    case 'accumulator':
    case 'accumulators':
    case 'group':
    case 'join':
    case 'options':
    case 'each':
    case 'list':
    case 'field':
    case 'collection':
    case 'database':
    case 'direction':
    case 'words':
    case 'value':
      return undefined;
  }
}

/** A call, as it is being written. */
export interface Signature {
  readonly topic: Topic;
  readonly method: Method;
  /** Of the ways of calling it, the one that fits so far. */
  readonly way: number;
  readonly parameter: number;
}

export function signatureAt(text: string, offset: number, setting: Setting): Signature | undefined {
  const call = callAt(text, offset, setting);
  if (call === undefined) return undefined;
  const { callee, argument } = call;
  const method = methodOf(setting.reference, callee.value?.of, callee.name);
  if (method === undefined || method.takes.length === 0) return undefined;
  const fits = (takes: readonly string[]): boolean => argument < takes.length || isRest(takes);
  const way = Math.max(0, method.takes.findIndex(fits));
  const takes = method.takes[way] ?? [];
  return {
    topic: { kind: 'method', of: callee.value?.of, name: callee.name },
    method,
    way,
    parameter: isRest(takes) ? Math.min(argument, takes.length - 1) : argument,
  };
}

function isRest(takes: readonly string[]): boolean {
  return takes.at(-1)?.startsWith('...') === true;
}
