import {
  bytesOf,
  codeWithScope,
  isArray,
  isDoc,
  readDocument,
  sameBytes,
  scopeOf,
  Unwritable,
} from './bson.ts';
import type { Bson, Doc, Value } from './bson.ts';
import { parseJson } from './json.ts';
import type { Json, Member, Span, SyntaxCode } from './json.ts';

/** What is wrong with a text, and where. */
export interface Problem extends Span {
  readonly code:
    | SyntaxCode
    | 'notAnObject'
    | 'duplicateKey'
    | 'nullInKey'
    | 'badValue'
    | 'unknownType'
    | 'tooLarge'
    | 'operator';
  /** The key or the type that it is about. */
  readonly name: string;
  /** A warning stops nobody. */
  readonly weight: 'error' | 'warning';
}

/** What a text means: `undefined` where an error is among its problems. */
export interface Meaning<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

/** Where operators are at home, `$gt` is nobody's mistake. */
export type Place = 'document' | 'query';

/** A document as text that people can read and change, with the type of every value: EJSON, as plain as it gets. */
export function textOf(bson: Bson, document: Doc): string {
  return `${printed(bson, document, '')}\n`;
}

/** The same in one line, for what is small. */
export function lineOf(bson: Bson, value: Value): string {
  return printed(bson, value, undefined);
}

/**
 * Whether the text of a document means that document and no other. A database may hold what no text does: a key
 * twice, a document that looks like `{"$oid": …}` and is none, types that drivers cannot write any more.
 */
export function isFaithful(bson: Bson, bytes: Uint8Array, text: string): boolean {
  const { value } = documentOf(bson, text);
  const again = value === undefined ? undefined : bytesOf(bson, value);
  return again !== undefined && sameBytes(again, bytes);
}

/** Text, its bytes read: with what can be said of them beside it. */
export function openText(
  bson: Bson,
  bytes: Uint8Array,
): { readonly text: string; readonly faithful: boolean } {
  const text = textOf(bson, readDocument(bson, bytes));
  return { text, faithful: isFaithful(bson, bytes, text) };
}

/** The document that a text means. */
export function documentOf(bson: Bson, text: string): Meaning<Doc> {
  const parsed = parseJson(text);
  if (parsed.json === undefined) return { value: undefined, problems: [syntaxProblem(parsed.problem)] };
  const { value, problems } = valueOf(bson, parsed.json, 'document');
  if (parsed.json.kind !== 'object' || (value !== undefined && !isDoc(value)))
    return { value: undefined, problems: [...problems, problemAt('notAnObject', parsed.json)] };
  // At the top the database would take these for something to do.
  const operators = parsed.json.members.filter(({ key }) => key.startsWith('$'));
  if (operators.length > 0)
    return {
      value: undefined,
      problems: operators.map(({ key, keySpan }) => problemAt('operator', keySpan, key)),
    };
  return { value, problems };
}

export function syntaxProblem(problem: Span & { readonly code: SyntaxCode }): Problem {
  return { ...problem, name: '', weight: 'error' };
}

export function problemAt(
  code: Problem['code'],
  { start, end }: Span,
  name = '',
  weight: Problem['weight'] = 'error',
): Problem {
  return { code, start, end, name, weight };
}

/** The value that a part of a text means. */
export function valueOf<T extends Value>(bson: Bson, json: Json, place: Place): Meaning<T> {
  const problems: Problem[] = [];
  const value = new Meaner(bson, place, problems).value(json);
  const failed = problems.some(({ weight }) => weight === 'error');
  return { value: failed ? undefined : (value as T), problems };
}

/** Lines below each other with this indentation, or one line. */
function printed(bson: Bson, value: Value, indent: string | undefined): string {
  const inner = indent === undefined ? undefined : `${indent}  `;
  const around = (open: string, parts: readonly string[], close: string): string => {
    if (parts.length === 0) return open + close;
    if (indent === undefined) return open === '[' ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
    return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`;
  };
  if (isDoc(value))
    return around(
      '{',
      [...value].map(([key, one]) => `${JSON.stringify(key)}: ${printed(bson, one, inner)}`),
      '}',
    );
  if (isArray(value))
    return around(
      '[',
      value.map((one) => printed(bson, one, inner)),
      ']',
    );
  return leaf(bson, value);
}

function leaf(bson: Bson, value: Exclude<Value, Doc | readonly Value[]>): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Date) return wrapped('$date', dateText(value));
  if (value instanceof Unwritable) return value.text;
  switch (value._bsontype) {
    case 'Int32':
      return String(value.value);
    case 'Double':
      return isFraction(value.value)
        ? String(value.value)
        : wrapped('$numberDouble', doubleText(value.value));
    case 'Long':
      return wrapped('$numberLong', value.toString());
    case 'Decimal128':
      return wrapped('$numberDecimal', value.toString());
    case 'ObjectId':
      return wrapped('$oid', value.toHexString());
    case 'Binary': {
      const base64 = Buffer.from(value.value()).toString('base64');
      const isUuid = value.sub_type === bson.Binary.SUBTYPE_UUID && value.length() === 16;
      if (isUuid) return wrapped('$uuid', value.toUUID().toHexString());
      const subType = value.sub_type.toString(16).padStart(2, '0');
      return `{ "$binary": { "base64": "${base64}", "subType": "${subType}" } }`;
    }
    case 'BSONRegExp':
      return `{ "$regularExpression": { "pattern": ${JSON.stringify(value.pattern)}, "options": "${value.options}" } }`;
    case 'BSONSymbol':
      return wrapped('$symbol', value.value);
    case 'Timestamp':
      return `{ "$timestamp": { "t": ${value.t}, "i": ${value.i} } }`;
    case 'Code': {
      const scope = scopeOf(value);
      const code = `"$code": ${JSON.stringify(value.code)}`;
      return scope === undefined ? `{ ${code} }` : `{ ${code}, "$scope": ${lineOf(bson, scope)} }`;
    }
    case 'MinKey':
      return '{ "$minKey": 1 }';
    case 'MaxKey':
      return '{ "$maxKey": 1 }';
  }
}

function wrapped(name: string, text: string | undefined): string {
  return `{ "${name}": ${text?.startsWith('{') === true ? text : JSON.stringify(text)} }`;
}

function isFraction(value: number): boolean {
  return Number.isFinite(value) && !Number.isInteger(value);
}

function doubleText(value: number): string {
  return Object.is(value, -0)
    ? '-0.0'
    : Number.isInteger(value) && Math.abs(value) < 1e21
      ? `${value}.0`
      : String(value);
}

/** Of dates outside of what people write, only the number is sure. */
function dateText(date: Date): string {
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toISOString() : `{ "$numberLong": "${date.getTime()}" }`;
}

const int32 = 2 ** 31;
const int64 = 2n ** 63n;

class Meaner {
  readonly #bson: Bson;
  readonly #place: Place;
  readonly #problems: Problem[];

  constructor(bson: Bson, place: Place, problems: Problem[]) {
    this.#bson = bson;
    this.#place = place;
    this.#problems = problems;
  }

  value(json: Json): Value {
    switch (json.kind) {
      case 'constant':
        return json.value;
      case 'string':
        return json.text;
      case 'number':
        return this.#number(json);
      case 'array':
        return json.items.map((item) => this.value(item));
      case 'object':
        return this.#object(json);
    }
  }

  #number(json: Json & { kind: 'number' }): Value {
    const { text } = json;
    const { Double, Int32, Long } = this.#bson;
    const value = Number(text);
    if (/[.eE]/.test(text) || text === '-0') {
      if (Number.isFinite(value)) return new Double(value);
    } else if (value >= -int32 && value < int32) return new Int32(value);
    else if (BigInt(text) >= -int64 && BigInt(text) < int64) return Long.fromString(text);
    this.#problems.push(problemAt('tooLarge', json, text));
    return null;
  }

  #object(json: Json & { kind: 'object' }): Value {
    const { members } = json;
    const names = new Set(members.map(({ key }) => key));
    const type = members.find(({ key }) => wrappers.has(key));
    if (type !== undefined) {
      const made = this.#wrapped(type, members, names);
      if (made !== undefined) return made;
      this.#problems.push(problemAt('badValue', json, type.key));
      return null;
    }
    const document = new Map<string, Value>();
    for (const { key, keySpan, value } of members) {
      if (document.has(key)) this.#problems.push(problemAt('duplicateKey', keySpan, key));
      if (key.includes('\0')) this.#problems.push(problemAt('nullInKey', keySpan, key));
      // A reference to another document is an ordinary one.
      if (this.#place === 'document' && key.startsWith('$') && !/^\$(?:ref|id|db)$/.test(key))
        this.#problems.push(problemAt('unknownType', keySpan, key, 'warning'));
      document.set(key, this.value(value));
    }
    return document;
  }

  /** The value of `{"$oid": …}` and its like; undefined where it is not as it must be. */
  #wrapped(type: Member, members: readonly Member[], names: ReadonlySet<string>): Value | undefined {
    const { bson, text, json } = { bson: this.#bson, text: textIn(type.value), json: type.value };
    const extra = members.find(({ key }) => key !== type.key);
    if (extra !== undefined && !(type.key === '$code' && extra.key === '$scope')) return undefined;
    if (names.size !== members.length || members.length > 2) return undefined;
    switch (type.key) {
      case '$oid':
        return text !== undefined && /^[\da-f]{24}$/i.test(text) ? new bson.ObjectId(text) : undefined;
      case '$uuid':
        return text !== undefined && uuids.test(text) ? new bson.UUID(text).toBinary() : undefined;
      case '$symbol':
        return text === undefined ? undefined : new bson.BSONSymbol(text);
      case '$numberInt': {
        const value = Number(text);
        return text !== undefined && integers.test(text) && value >= -int32 && value < int32
          ? new bson.Int32(value)
          : undefined;
      }
      case '$numberLong':
        return text !== undefined && isLong(text) ? bson.Long.fromString(text) : undefined;
      case '$numberDouble':
        return text !== undefined && doubles.test(text) ? new bson.Double(Number(text)) : undefined;
      case '$numberDecimal':
        return text === undefined ? undefined : this.#decimal(text);
      case '$date':
        return text === undefined ? this.#farDate(json) : dateOf(text);
      case '$binary': {
        const { base64, subType } = textsIn(json, 'base64', 'subType') ?? {};
        return base64 !== undefined &&
          isBase64(base64) &&
          subType !== undefined &&
          /^[\da-f]{1,2}$/i.test(subType)
          ? new bson.Binary(Buffer.from(base64, 'base64'), Number.parseInt(subType, 16))
          : undefined;
      }
      case '$regularExpression': {
        const { pattern, options } = textsIn(json, 'pattern', 'options') ?? {};
        const isRight =
          pattern?.includes('\0') === false && options !== undefined && /^[imlsux]*$/.test(options);
        return isRight ? new bson.BSONRegExp(pattern, options) : undefined;
      }
      case '$timestamp': {
        const { t, i } = partsOf(json, 't', 'i') ?? {};
        return isUint32(t) && isUint32(i)
          ? new bson.Timestamp({ t: Number(t.text), i: Number(i.text) })
          : undefined;
      }
      case '$code': {
        if (text === undefined) return undefined;
        if (extra === undefined) return new bson.Code(text);
        const scope = this.value(extra.value);
        return isDoc(scope) ? codeWithScope(bson, text, scope) : undefined;
      }
      case '$minKey':
        return isOne(json) ? new bson.MinKey() : undefined;
      case '$maxKey':
        return isOne(json) ? new bson.MaxKey() : undefined;
      case '$undefined':
        return json.kind === 'constant' && json.value === true
          ? new Unwritable('undefined', '{ "$undefined": true }')
          : undefined;
      default:
        return this.#pointer(json);
    }
  }

  #decimal(text: string): Value | undefined {
    try {
      return this.#bson.Decimal128.fromString(text);
    } catch {
      return undefined;
    }
  }

  /** A date as its number, which may be more than a date of JavaScript's can hold. */
  #farDate(json: Json): Value | undefined {
    const { $numberLong: time } = textsIn(json, '$numberLong') ?? {};
    if (time === undefined || !isLong(time)) return undefined;
    const date = new Date(Number(time));
    if (Number.isNaN(date.getTime()))
      return new Unwritable('date', `{ "$date": { "$numberLong": "${time}" } }`);
    return date;
  }

  #pointer(json: Json): Value | undefined {
    const { $ref, $id } = partsOf(json, '$ref', '$id') ?? {};
    const { $oid } = ($id === undefined ? undefined : textsIn($id, '$oid')) ?? {};
    if ($ref?.kind !== 'string' || $oid === undefined || !/^[\da-f]{24}$/i.test($oid)) return undefined;
    const space = JSON.stringify($ref.text);
    return new Unwritable(
      'dbPointer',
      `{ "$dbPointer": { "$ref": ${space}, "$id": { "$oid": "${$oid}" } } }`,
    );
  }
}

/** What stands for one value. `$regex` and `$type` are operators, whatever older versions of EJSON made of them. */
const wrappers: ReadonlySet<string> = new Set([
  '$oid',
  '$uuid',
  '$symbol',
  '$numberInt',
  '$numberLong',
  '$numberDouble',
  '$numberDecimal',
  '$date',
  '$binary',
  '$regularExpression',
  '$timestamp',
  '$code',
  '$minKey',
  '$maxKey',
  '$undefined',
  '$dbPointer',
]);

const uuids = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const integers = /^-?\d{1,19}$/;
const doubles = /^(?:-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|Infinity)|NaN)$/i;

function isLong(text: string): boolean {
  return integers.test(text) && BigInt(text) >= -int64 && BigInt(text) < int64;
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64').replaceAll('=', '') === text.replaceAll('=', '');
}

function isOne(json: Json): boolean {
  return json.kind === 'number' && json.text === '1';
}

function isUint32(json: Json | undefined): json is Json & { kind: 'number' } {
  return json?.kind === 'number' && /^\d{1,10}$/.test(json.text) && Number(json.text) < 2 ** 32;
}

function textIn(json: Json): string | undefined {
  return json.kind === 'string' ? json.text : undefined;
}

/** The values of these keys, where there are these and no others. */
function partsOf<Key extends string>(json: Json, ...keys: readonly Key[]): Record<Key, Json> | undefined {
  if (json.kind !== 'object' || json.members.length !== keys.length) return undefined;
  const entries = keys.map((key) => [key, json.members.find((member) => member.key === key)?.value]);
  return entries.every(([, value]) => value !== undefined)
    ? (Object.fromEntries(entries) as Record<Key, Json>)
    : undefined;
}

function textsIn<Key extends string>(json: Json, ...keys: readonly Key[]): Record<Key, string> | undefined {
  const parts = partsOf(json, ...keys);
  if (parts === undefined || keys.some((key) => parts[key].kind !== 'string')) return undefined;
  return Object.fromEntries(keys.map((key) => [key, textIn(parts[key])])) as Record<Key, string>;
}

/** An instant, with its zone: without one it would be another on another machine. */
function dateOf(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2})$/.test(text))
    return undefined;
  const date = new Date(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  // `2026-02-30` would quietly be a day of March.
  const day = Number(text.slice(8, 10));
  const daysInMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  return Number.isNaN(date.getTime()) || day > daysInMonth ? undefined : date;
}
