import { Binary, BSONRegExp, MaxKey, MinKey } from 'bson';
import { compare, equal, rankOf } from '../bson/order.ts';
import { integerOf, isTruthy, toNumber } from '../bson/number.ts';
import { isDoc, isNumber, typeName, Undefined } from '../bson/value.ts';
import type { Doc, TypeName, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compilePattern, matchesPattern } from './pattern.ts';
import type { Trace } from './path.ts';

export type Test = (value: Value | undefined) => boolean;

/** Asks whether some value that a field's path leads to passes; with `whole`, arrays are not opened. */
export type Reach = (test: Test, whole: boolean) => boolean;

/** One condition on one field. */
export type Clause = (reach: Reach, trace?: Trace) => boolean;

export function badValue(message: string): CommandError {
  return new CommandError('BadValue', message);
}

export function unrecognized(operator: string): CommandError {
  return badValue(`Unrecognized operator specified: ${operator}`);
}

function isNothing(value: Value | undefined): boolean {
  return value === undefined || value === null || value instanceof Undefined;
}

/** Null also means missing. */
export function equality(operand: Value): Test {
  return operand === null ? isNothing : (value) => equal(value, operand);
}

export function patternTest(operand: BSONRegExp): Test {
  const pattern = compilePattern(operand.pattern, operand.options);
  return (value) => matchesPattern(value, pattern, operand);
}

type Comparison = '$gt' | '$gte' | '$lt' | '$lte';

/** Only values of the operand's type are compared with it, but the smallest and largest key meet everything. */
function comparison(operator: Comparison, operand: Value): Test {
  if (operand instanceof BSONRegExp) throw badValue(`Can't have RegEx as arg to predicate over field.`);
  const orEqual = operator === '$gte' || operator === '$lte';
  const wanted = operator === '$gt' || operator === '$gte' ? 1 : -1;
  if (operand === null) return (value) => orEqual && isNothing(value);
  if (operand instanceof MinKey || operand instanceof MaxKey) {
    return (value) => {
      const order = compare(value, operand);
      return order === wanted || (orEqual && order === 0);
    };
  }
  const rank = rankOf(operand);
  const operandIsNaN = isNaN(operand);
  return (value) => {
    if (value === undefined || rankOf(value) !== rank) return false;
    if (operandIsNaN || isNaN(value)) return orEqual && operandIsNaN && isNaN(value);
    const order = compare(value, operand);
    return order === wanted || (orEqual && order === 0);
  };
}

function isNaN(value: Value): boolean {
  return isNumber(value) && Number.isNaN(toNumber(value));
}

function membership(operand: Value, operator: string): Test {
  if (!Array.isArray(operand)) throw badValue(`${operator} needs an array`);
  const tests = operand.map((item) => {
    if (isDoc(item) && item.keys().next().value?.startsWith('$') === true && !item.has('$ref')) {
      throw badValue(`cannot nest $ under ${operator}`);
    }
    return item instanceof BSONRegExp ? patternTest(item) : equality(item);
  });
  return (value) => tests.some((test) => test(value));
}

const typeCodes: Readonly<Record<string, TypeName>> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  12: 'dbPointer',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  [-1]: 'minKey',
  127: 'maxKey',
};
const numericTypes: readonly TypeName[] = ['int', 'long', 'double', 'decimal'];

function typeNames(operand: Value): readonly TypeName[] {
  if (Array.isArray(operand)) {
    if (operand.length === 0) throw new CommandError('FailedToParse', '$type must match at least one type');
    return operand.flatMap(typeNames);
  }
  if (operand === 'number') return numericTypes;
  if (typeof operand === 'string') {
    const name = Object.values(typeCodes).find((known) => known === operand);
    if (!name) throw badValue(`Unknown type name alias: ${operand}`);
    return [name];
  }
  const code = toNumber(operand);
  if (code === undefined)
    throw new CommandError('TypeMismatch', 'type must be represented as a number or a string');
  const name = typeCodes[String(code)];
  if (!name) throw badValue(`Invalid numerical type code: ${code}`);
  return [name];
}

function modulo(operand: Value): Test {
  if (!Array.isArray(operand)) throw badValue('malformed mod, needs to be an array');
  if (operand.length < 2) throw badValue('malformed mod, not enough elements');
  if (operand.length > 2) throw badValue('malformed mod, too many elements');
  const divisor = integerOf(operand[0]);
  const remainder = integerOf(operand[1]) ?? 0n;
  if (divisor === undefined) throw badValue('malformed mod, divisor not a number');
  if (divisor === 0n) throw badValue('divisor cannot be 0');
  return (value) => {
    const integer = integerOf(value);
    return integer !== undefined && integer % divisor === remainder;
  };
}

function size(operand: Value): Test {
  const wanted = toNumber(operand);
  if (wanted === undefined || !Number.isInteger(wanted)) throw badValue('$size must be a whole number');
  if (wanted < 0) throw badValue('$size may not be negative');
  return (value) => Array.isArray(value) && value.length === wanted;
}

/** The bits of a mask, each a power of two, from a number, bytes, or a list of places. */
function mask(operand: Value): bigint {
  if (Array.isArray(operand)) {
    let bits = 0n;
    for (const place of operand) {
      const number = toNumber(place);
      if (number === undefined || !Number.isInteger(number) || number < 0) {
        throw badValue('bit positions must be whole numbers of at least 0');
      }
      bits |= 1n << BigInt(Math.min(number, 8 * 16_777_216));
    }
    return bits;
  }
  if (operand instanceof Binary) return bitsOf(operand) ?? 0n;
  const number = integerOf(operand);
  if (number === undefined || number < 0n)
    throw badValue('a bit mask must be a positive number, bytes, or places');
  return number;
}

function bitsOf(value: Value | undefined): bigint | undefined {
  if (value instanceof Binary) {
    const hex = Buffer.from(value.value().toReversed()).toString('hex');
    return hex === '' ? 0n : BigInt(`0x${hex}`);
  }
  const number = toNumber(value);
  return number !== undefined && Number.isInteger(number) ? integerOf(value) : undefined;
}

function bitTest(operand: Value, verdict: (bits: bigint, wanted: bigint) => boolean): Clause {
  const wanted = mask(operand);
  return (reach) =>
    reach((value) => {
      const bits = bitsOf(value);
      return bits !== undefined && verdict(bits, wanted);
    }, false);
}

function regex(operand: Value, siblings: Doc): Test {
  const options = siblings.get('$options') ?? '';
  if (typeof options !== 'string') throw badValue('$options has to be a string');
  if (operand instanceof BSONRegExp) {
    if (options !== '' && operand.options !== '')
      throw new CommandError(51_075, 'options set in both $regex and $options');
    return patternTest(new BSONRegExp(operand.pattern, operand.options || sorted(options)));
  }
  if (typeof operand !== 'string') throw badValue('$regex has to be a string');
  return patternTest(new BSONRegExp(operand, sorted(options)));
}

function sorted(options: string): string {
  return Array.from(options).sort().join('');
}

function notAPattern(operand: Value, operator: string): Value {
  if (operand instanceof BSONRegExp) throw badValue(`Can't have regex as arg to ${operator}.`);
  return operand;
}

/** Every operator that stands alone beside a field's name. */
export function compileOperator(name: string, operand: Value, siblings: Doc): Clause {
  const some =
    (test: Test, whole = false): Clause =>
    (reach) =>
      reach(test, whole);
  const none =
    (test: Test): Clause =>
    (reach) =>
      !reach(test, false);
  switch (name) {
    case '$eq':
      return some(operand instanceof BSONRegExp ? (value) => equal(value, operand) : equality(operand));
    case '$ne':
      return none(equality(notAPattern(operand, '$ne')));
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return some(comparison(name, operand));
    case '$in':
      return some(membership(operand, name));
    case '$nin':
      return none(membership(operand, name));
    case '$exists': {
      const wanted = isTruthy(operand);
      return (reach) => reach((value) => value !== undefined, true) === wanted;
    }
    case '$type': {
      const names = typeNames(operand);
      return some((value) => value !== undefined && names.includes(typeName(value)));
    }
    case '$regex':
      return some(regex(operand, siblings));
    case '$mod':
      return some(modulo(operand));
    case '$size':
      return some(size(operand), true);
    case '$bitsAllSet':
      return bitTest(operand, (bits, wanted) => (bits & wanted) === wanted);
    case '$bitsAnySet':
      return bitTest(operand, (bits, wanted) => (bits & wanted) !== 0n);
    case '$bitsAllClear':
      return bitTest(operand, (bits, wanted) => (bits & wanted) === 0n);
    case '$bitsAnyClear':
      return bitTest(operand, (bits, wanted) => (bits & wanted) !== wanted);
    default:
      throw unrecognized(name);
  }
}
