import type { Document } from 'mongodb';

/** A field as it is found in a sample of documents. */
export interface Field {
  readonly name: string;
  /** BSON's names of what it holds, the most frequent first. */
  readonly types: readonly string[];
  /** The same of what its lists hold. */
  readonly items: readonly string[];
  /** The share of the objects around it in which it is. */
  readonly share: number;
  /** Of the objects that it holds, also in lists. */
  readonly fields: readonly Field[];
}

interface Found {
  seen: number;
  /** Of all the places in which it was among its fields. */
  places: number;
  readonly types: Map<string, number>;
  readonly items: Map<string, number>;
  readonly objects: Document[];
}

/** The fields of documents, in the order in which these mostly have them. Deeper than this nothing is looked at. */
export function schemaOf(documents: readonly Document[], depth = 8): readonly Field[] {
  if (depth === 0) return [];
  const found = new Map<string, Found>();
  for (const document of documents) {
    for (const [place, [name, value]] of Object.entries(document).entries()) {
      const known: Found = found.get(name) ?? {
        seen: 0,
        places: 0,
        types: new Map(),
        items: new Map(),
        objects: [],
      };
      found.set(name, known);
      known.seen++;
      known.places += place;
      count(known.types, value);
      if (Array.isArray(value)) for (const item of value) count(known.items, item);
      known.objects.push(...objectsIn(value));
    }
  }
  // Whatever documents come first: a sample is another one each time.
  const inPlace = [...found].sort(([, a], [, b]) => a.places / a.seen - b.places / b.seen);
  return inPlace.map(([name, { seen, types, items, objects }]) => ({
    name,
    types: byCount(types),
    items: byCount(items),
    share: seen / documents.length,
    fields: schemaOf(objects, depth - 1),
  }));
}

function count(types: Map<string, number>, value: unknown): void {
  const type = typeOf(value);
  types.set(type, (types.get(type) ?? 0) + 1);
}

function byCount(types: ReadonlyMap<string, number>): readonly string[] {
  return [...types].sort(([, a], [, b]) => b - a).map(([type]) => type);
}

function objectsIn(value: unknown): readonly Document[] {
  if (Array.isArray(value)) return value.filter((item) => typeOf(item) === 'object');
  return typeOf(value) === 'object' ? [value as Document] : [];
}

/** As `$type` spells it. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (typeof value !== 'object') return plainNames[typeof value] ?? typeof value;
  const { _bsontype: bson } = value as { readonly _bsontype?: unknown };
  return typeof bson === 'string' ? (bsonNames[bson] ?? bson) : 'object';
}

const plainNames: Readonly<Record<string, string>> = { boolean: 'bool', number: 'double', bigint: 'long' };

const bsonNames: Readonly<Record<string, string>> = {
  Binary: 'binData',
  BSONRegExp: 'regex',
  BSONSymbol: 'symbol',
  Code: 'javascript',
  DBRef: 'dbRef',
  Decimal128: 'decimal',
  Double: 'double',
  Int32: 'int',
  Long: 'long',
  MaxKey: 'maxKey',
  MinKey: 'minKey',
  ObjectId: 'objectId',
  Timestamp: 'timestamp',
};
