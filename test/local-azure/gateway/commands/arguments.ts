import { Long } from 'bson';
import { isTruthy, toNumber } from '../bson/number.ts';
import { isDoc, isNumber, typeName } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';

function wrongType(name: string, value: Value, expected: string): CommandError {
  return new CommandError(
    'TypeMismatch',
    `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`,
  );
}

export function text(body: Doc, name: string): string | undefined {
  const value = body.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, value, 'string');
  return value;
}

/** The collection that a command names as its own value. */
export function collectionName(body: Doc, command: string): string {
  const value = body.get(command) ?? null;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'string')
    throw new CommandError('InvalidNamespace', "Collection name can't be empty.");
  throw new CommandError(
    'InvalidNamespace',
    `Failed to parse: collection name has invalid type ${typeName(value)}`,
  );
}

export function doc(body: Doc, name: string): Doc | undefined {
  const value = body.get(name);
  if (value === undefined || value === null) return undefined;
  if (!isDoc(value)) throw wrongType(name, value, 'object');
  return value;
}

export function list(body: Doc, name: string): Value[] | undefined {
  const value = body.get(name);
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, value, 'array');
  return value;
}

export function docs(body: Doc, name: string): Doc[] {
  return (list(body, name) ?? []).map((item, index) => {
    if (!isDoc(item)) throw wrongType(`${name}.${index}`, item, 'object');
    return item;
  });
}

export function flag(body: Doc, name: string): boolean {
  const value = body.get(name);
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean' && !isNumber(value)) throw wrongType(name, value, 'bool');
  return isTruthy(value);
}

/** A number that counts something; a fraction is cut off. */
export function count(body: Doc, name: string): number | undefined {
  const value = body.get(name);
  if (value === undefined || value === null) return undefined;
  const number = toNumber(value);
  if (number === undefined) throw wrongType(name, value, 'long');
  if (!(number >= 0)) {
    throw new CommandError('BadValue', `BSON field '${name}' value must be >= 0, actual value '${number}'`);
  }
  return Math.trunc(number);
}

export function int64(value: Value | undefined): bigint | undefined {
  if (value instanceof Long) return value.toBigInt();
  const number = value === undefined ? undefined : toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

/**
 * Every option that has no business in the command is refused: an option that is silently ignored would give a
 * wrong result.
 */
export function refuseUnknown(body: Doc, command: string, known: readonly string[]): void {
  for (const name of body.keys()) {
    if (name === command || known.includes(name) || common.has(name) || name.startsWith('$')) continue;
    throw new CommandError('BadValue', `${name} is an unknown field`);
  }
}

/** Options that any command may carry. */
const common = new Set([
  'lsid',
  'txnNumber',
  'comment',
  'maxTimeMS',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'readConcern',
  'writeConcern',
]);

/** Options that change an answer and are not served here are refused, when they are really asked for. */
export function refuseUnserved(body: Doc, options: readonly string[]): void {
  const collation = doc(body, 'collation');
  if (collation && collation.size > 0 && collation.get('locale') !== 'simple') {
    throw new CommandError('CommandNotSupported', 'collation is not supported by this emulator');
  }
  for (const name of options) {
    const value = body.get(name);
    if (value === undefined || value === false || (isDoc(value) && value.size === 0)) continue;
    throw new CommandError('CommandNotSupported', `${name} is not supported by this emulator`);
  }
}
