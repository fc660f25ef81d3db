import type { Literal } from './tokens.ts';

/** Where documents come from, and with them the names of their fields. */
export type Source =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'collection'; readonly database: string; readonly collection: string }
  /** What a stage of a pipeline makes of them. */
  | { readonly kind: 'stage'; readonly of: Source; readonly database: string; readonly stage: Literal }
  /** The documents in a field of theirs, its path parted by dots. */
  | { readonly kind: 'inside'; readonly of: Source; readonly path: string };

/** What belongs at a place of a query. */
export type Shape =
  | { readonly kind: 'value' }
  /** Upwards or downwards. */
  | { readonly kind: 'direction' }
  | { readonly kind: 'database' }
  | { readonly kind: 'collection'; readonly database: string }
  /** One of these texts. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** A text that names a field. */
  | { readonly kind: 'field'; readonly source: Source }
  /** Fields with what they are to be, operators that combine such. */
  | { readonly kind: 'filter'; readonly source: Source }
  /** What a field is to be: a value, or operators. */
  | { readonly kind: 'condition'; readonly source: Source; readonly path: string }
  | { readonly kind: 'projection'; readonly source: Source }
  | { readonly kind: 'sort'; readonly source: Source }
  | { readonly kind: 'update'; readonly source: Source }
  /** Fields and what an operator is to do with them. */
  | { readonly kind: 'assignments'; readonly source: Source; readonly operator: string }
  | { readonly kind: 'document'; readonly source: Source }
  | { readonly kind: 'pipeline'; readonly source: Source; readonly database: string }
  | { readonly kind: 'stage'; readonly source: Source; readonly database: string }
  | { readonly kind: 'expression'; readonly source: Source }
  /** New fields and their expressions. */
  | { readonly kind: 'computed'; readonly source: Source }
  | { readonly kind: 'group'; readonly source: Source }
  | { readonly kind: 'accumulators'; readonly source: Source }
  | { readonly kind: 'accumulator'; readonly source: Source }
  /** A stage that reads another collection, which stands in it. */
  | { readonly kind: 'join'; readonly stage: Join; readonly source: Source; readonly database: string }
  /** Names that mongosh or the server has given. */
  | { readonly kind: 'options'; readonly options: Readonly<Record<string, Shape>> }
  /** Names of one's own, each with the same. */
  | { readonly kind: 'each'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape }
  /** One or the other: a text, or something in brackets. */
  | { readonly kind: 'either'; readonly text: Shape; readonly inside: Shape };

export type Join = '$lookup' | '$graphLookup' | '$unionWith';

export type Entries = readonly (readonly [string, Literal])[];

export const value: Shape = { kind: 'value' };
export const list = (of: Shape): Shape => ({ kind: 'list', of });
export const options = (known: Readonly<Record<string, Shape>>): Shape => ({
  kind: 'options',
  options: known,
});
export const named = (names: string, of: Shape): Shape =>
  options(Object.fromEntries(names.split(' ').map((name) => [name, of])));
export const either = (text: Shape, inside: Shape): Shape => ({ kind: 'either', text, inside });

export const words = (known: string): Shape => ({ kind: 'words', words: known.split(' ') });

export function expression(source: Source): Shape {
  return { kind: 'expression', source };
}
