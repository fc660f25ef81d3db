import { bsonType } from 'bson';
import type {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';

/** A document keeps the order of its keys, which a plain object does not for keys like `"10"`. */
export type Doc = Map<string, Value>;

/** BSON type 6: deprecated, no driver can write it, but a stored document may carry it. */
export class Undefined {
  get [bsonType](): 'Undefined' {
    return 'Undefined';
  }
}

/** BSON type 12: deprecated like {@link Undefined}. */
export class DBPointer {
  readonly namespace: string;
  readonly id: ObjectId;
  constructor(namespace: string, id: ObjectId) {
    this.namespace = namespace;
    this.id = id;
  }

  get [bsonType](): 'DBPointer' {
    return 'DBPointer';
  }
}

/**
 * A BSON value with nothing lost: numbers keep their type, so there is no JavaScript number here.
 * Absence is JavaScript's `undefined`, never a value.
 */
export type Value =
  | null
  | boolean
  | string
  | Date
  | Int32
  | Double
  | Long
  | Decimal128
  | ObjectId
  | Binary
  | BSONRegExp
  | BSONSymbol
  | Timestamp
  | Code
  | MinKey
  | MaxKey
  | Undefined
  | DBPointer
  | Value[]
  | Doc;

/** The names that `$type` knows. */
export type TypeName =
  | 'minKey'
  | 'undefined'
  | 'null'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'string'
  | 'symbol'
  | 'object'
  | 'array'
  | 'binData'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'regex'
  | 'dbPointer'
  | 'javascript'
  | 'javascriptWithScope'
  | 'maxKey';

export type NumberValue = Int32 | Double | Long | Decimal128;

export function typeName(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  switch (value[bsonType]) {
    case 'Int32':
      return 'int';
    case 'Double':
      return 'double';
    case 'Long':
      return 'long';
    case 'Decimal128':
      return 'decimal';
    case 'ObjectId':
      return 'objectId';
    case 'Binary':
      return 'binData';
    case 'BSONRegExp':
      return 'regex';
    case 'BSONSymbol':
      return 'symbol';
    case 'Timestamp':
      return 'timestamp';
    case 'Code':
      return value.scope === null ? 'javascript' : 'javascriptWithScope';
    case 'MinKey':
      return 'minKey';
    case 'MaxKey':
      return 'maxKey';
    case 'Undefined':
      return 'undefined';
    case 'DBPointer':
      return 'dbPointer';
  }
}

export function isDoc(value: Value | undefined): value is Doc {
  return value instanceof Map;
}

export function isNumber(value: Value | undefined): value is NumberValue {
  if (value === null || typeof value !== 'object' || !(bsonType in value)) return false;
  const kind = value[bsonType];
  return kind === 'Int32' || kind === 'Double' || kind === 'Long' || kind === 'Decimal128';
}

/** Null, or nothing at all: what most expressions treat alike. */
export function isNullish(value: Value | undefined): value is null | undefined | Undefined {
  return value === null || value === undefined || value instanceof Undefined;
}
