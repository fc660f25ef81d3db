import { asNumber } from '../bson/number.ts';
import { clone } from '../bson/encode.ts';
import { keyOf } from '../bson/key.ts';
import { compare, equal } from '../bson/order.ts';
import { isDoc, isNumber } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { nameOfType } from '../expression/operator.ts';
import { compileFilter, compileValueFilter } from '../query/filter.ts';
import { sortOrder } from '../query/sort.ts';
import type { Modifier } from './modifier.ts';

function arrayIn(name: string, path: string, before: Value | undefined): Value[] {
  if (before === undefined) return [];
  if (Array.isArray(before)) return [...before];
  throw new CommandError(
    'BadValue',
    `The field '${path}' must be an array but is of type ${nameOfType(before)} (${name})`,
  );
}

function wholeNumber(name: string, value: Value): number {
  if (isNumber(value) && Number.isInteger(asNumber(value))) return asNumber(value);
  throw new CommandError(
    'BadValue',
    `The value for ${name} must be an integer value but was given type: ${nameOfType(value)}`,
  );
}

function eachOf(name: string, operand: Value): { readonly items: readonly Value[]; readonly options: Doc } {
  if (!isDoc(operand) || !operand.has('$each')) return { items: [operand], options: new Map() };
  const items = operand.get('$each');
  if (!Array.isArray(items)) {
    throw new CommandError(
      'BadValue',
      `The argument to $each in ${name} must be an array but it was of type: ${nameOfType(items)}`,
    );
  }
  return { items, options: new Map([...operand].filter(([key]) => key !== '$each')) };
}

function elementOrder(value: Value): (a: Value, b: Value) => number {
  if (!isDoc(value)) {
    const direction = wholeNumber('$sort', value);
    if (direction !== 1 && direction !== -1)
      throw new CommandError('BadValue', 'The $sort element value must be either 1 or -1');
    return (a, b) => direction * compare(a, b);
  }
  const order = sortOrder(value);
  return (a, b) => order(isDoc(a) ? a : new Map(), isDoc(b) ? b : new Map());
}

const push: Modifier = (operand, path) => {
  const { items, options } = eachOf('$push', operand);
  for (const name of options.keys()) {
    if (!['$slice', '$sort', '$position'].includes(name)) {
      throw new CommandError('BadValue', `Unrecognized clause in $push: ${name}`);
    }
  }
  const read = (name: string): number | undefined => {
    const value = options.get(name);
    return value === undefined ? undefined : wholeNumber(name, value);
  };
  const position = read('$position');
  const slice = read('$slice');
  const sort = options.get('$sort');
  const order = sort === undefined ? undefined : elementOrder(sort);
  return (before) => {
    const array = arrayIn('$push', path, before);
    array.splice(position ?? array.length, 0, ...items.map(clone));
    if (order) array.sort(order);
    if (slice === undefined) return array;
    return slice < 0 ? array.slice(slice) : array.slice(0, slice);
  };
};

const addToSet: Modifier = (operand, path) => {
  const { items, options } = eachOf('$addToSet', operand);
  for (const name of options.keys()) {
    throw new CommandError('BadValue', `Found unexpected fields after $each in $addToSet: ${name}`);
  }
  return (before) => {
    const array = arrayIn('$addToSet', path, before);
    const present = new Set(array.map(keyOf));
    for (const item of items) {
      if (present.has(keyOf(item))) continue;
      present.add(keyOf(item));
      array.push(clone(item));
    }
    return array;
  };
};

const pop: Modifier = (operand, path) => {
  const end = wholeNumber('$pop', operand);
  if (end !== 1 && end !== -1) throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${end}`);
  return (before) => {
    if (before === undefined) return undefined;
    const array = arrayIn('$pop', path, before);
    return end === 1 ? array.slice(0, -1) : array.slice(1);
  };
};

/** A document without operators is a filter for the documents in the array. */
function pulled(operand: Value): (value: Value) => boolean {
  const [first] = isDoc(operand) ? operand.keys() : [];
  if (!isDoc(operand) || first?.startsWith('$') === true) return compileValueFilter(operand);
  const filter = compileFilter(operand);
  return (value) => isDoc(value) && filter(value);
}

function removing(name: string, chooser: (operand: Value) => (value: Value) => boolean): Modifier {
  return (operand, path) => {
    const chosen = chooser(operand);
    return (before) => before && arrayIn(name, path, before).filter((value) => !chosen(value));
  };
}

export const arrayModifiers: Readonly<Record<string, Modifier>> = {
  $push: push,
  $addToSet: addToSet,
  $pop: pop,
  $pull: removing('$pull', pulled),
  $pullAll: removing('$pullAll', (operand) => {
    if (!Array.isArray(operand)) {
      throw new CommandError(
        'BadValue',
        `$pullAll requires an array argument but was given a ${nameOfType(operand)}`,
      );
    }
    return (value) => operand.some((item) => equal(item, value));
  }),
};
