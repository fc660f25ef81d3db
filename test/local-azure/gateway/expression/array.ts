import { Int32 } from 'bson';
import { asNumber, isTruthy } from '../bson/number.ts';
import { compare, equal } from '../bson/order.ts';
import { isDoc, isNullish, isNumber } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { sortOrder } from '../query/sort.ts';
import { compileFields, nameOfType, named, orNull, positional, variadic } from './operator.ts';
import type { Compiler, Expression, Operator, OperatorTable, Scope } from './operator.ts';

export function arrayArgument(name: string, value: Value | undefined, code = 28_689): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw new CommandError(
    code,
    `The argument to ${name} must be an array, but was of type: ${nameOfType(value)}`,
  );
}

export function wholeNumber(name: string, value: Value | undefined, code: number): number {
  const number = isNumber(value) ? asNumber(value) : undefined;
  if (number !== undefined && Number.isInteger(number)) return number;
  throw new CommandError(code, `${name} requires a whole number, found: ${nameOfType(value)}`);
}

function elementAt(array: Value, place: Value): Value | undefined {
  const items = arrayArgument('$arrayElemAt', array);
  const index = wholeNumber('$arrayElemAt', place, 28_690);
  return items.at(index);
}

function slice(array: Value, ...numbers: readonly Value[]): Value {
  const items = arrayArgument('$slice', array, 28_724);
  const [first = 0, second] = numbers.map((value) => wholeNumber('$slice', value, 28_725));
  if (second === undefined) return first < 0 ? items.slice(first) : items.slice(0, first);
  if (second <= 0) throw new CommandError(28_729, 'Third argument to $slice must be positive');
  const start = first < 0 ? Math.max(items.length + first, 0) : first;
  return items.slice(start, start + second);
}

function indexOf(array: Value, wanted: Value | undefined, ...range: readonly (Value | undefined)[]): Value {
  const items = arrayArgument('$indexOfArray', array, 40_090);
  const [start = 0, end = items.length] = range.map((value) => wholeNumber('$indexOfArray', value, 40_096));
  for (let index = start; index < Math.min(end, items.length); index++) {
    if (equal(items[index], wanted)) return new Int32(index);
  }
  return new Int32(-1);
}

function range(...values: readonly Value[]): Value {
  const [start = 0, end = 0, step = 1] = values.map((value) => wholeNumber('$range', value, 34_443));
  if (step === 0) throw new CommandError(34_449, '$range requires a non-zero step value');
  const items: Value[] = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) items.push(new Int32(at));
  return items;
}

/** `$map`, `$filter` and `$reduce` evaluate an expression with a variable bound to each element. */
function variableName(argument: Doc, name: string): string {
  const written = argument.get('as') ?? 'this';
  if (typeof written !== 'string' || !/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(written)) {
    throw new CommandError(16_867, `'as' of ${name} must be the name of a variable`);
  }
  return written;
}

function bind(scope: Scope, name: string, value: Value | undefined): Scope {
  return { ...scope, variables: new Map(scope.variables).set(name, value) };
}

interface PerElement {
  readonly input: Expression;
  readonly body: Expression;
  readonly variable: string;
  readonly limit: Expression | undefined;
}

function compilePerElement(
  name: string,
  body: 'in' | 'cond',
  argument: Value,
  compiler: Compiler,
): PerElement {
  if (!isDoc(argument)) throw new CommandError(28_646, `${name} only supports an object as its argument`);
  const variable = variableName(argument, name);
  const outer = new Map([...argument].filter(([key]) => key !== 'as' && key !== body));
  const { input, limit } = compileFields(
    name,
    outer,
    compiler,
    ['input'],
    name === '$filter' ? ['limit'] : [],
  );
  const written = argument.get(body);
  if (!input || written === undefined)
    throw new CommandError(28_648, `Missing '${body}' parameter to ${name}`);
  return { input, limit, variable, body: compiler.binding([variable]).compile(written) };
}

const map: Operator = (argument, compiler) => {
  const { input, body, variable } = compilePerElement('$map', 'in', argument, compiler);
  return (scope) => {
    const items = input(scope);
    if (isNullish(items)) return null;
    return arrayArgument('$map', items, 16_883).map((item) => body(bind(scope, variable, item)) ?? null);
  };
};

const filter: Operator = (argument, compiler) => {
  const { input, body, variable, limit } = compilePerElement('$filter', 'cond', argument, compiler);
  return (scope) => {
    const items = input(scope);
    if (isNullish(items)) return null;
    const most = limit?.(scope);
    const wanted = isNullish(most) ? Infinity : wholeNumber('$filter', most, 327_391);
    if (wanted < 1) throw new CommandError(327_392, "$filter's limit must be greater than 0");
    const kept = arrayArgument('$filter', items, 28_651).filter((item) =>
      isTruthy(body(bind(scope, variable, item))),
    );
    return kept.slice(0, wanted);
  };
};

const reduce: Operator = (argument, compiler) => {
  if (!isDoc(argument)) throw new CommandError(40_075, '$reduce requires an object as an argument');
  const written = argument.get('in');
  if (written === undefined) throw new CommandError(40_079, "$reduce requires 'in' to be specified");
  const outer = new Map([...argument].filter(([key]) => key !== 'in'));
  const { input, initialValue } = compileFields('$reduce', outer, compiler, ['input', 'initialValue']);
  const body = compiler.binding(['this', 'value']).compile(written);
  return (scope) => {
    const items = input?.(scope);
    if (isNullish(items)) return null;
    let value = initialValue?.(scope);
    for (const item of arrayArgument('$reduce', items, 40_080)) {
      value = body(bind(bind(scope, 'this', item), 'value', value));
    }
    return value;
  };
};

const zip: Operator = (argument, compiler) => {
  if (!isDoc(argument)) throw new CommandError(34_460, '$zip only supports an object as an argument');
  const longest = argument.get('useLongestLength') === true;
  const outer = new Map([...argument].filter(([key]) => key !== 'useLongestLength'));
  const fields = compileFields('$zip', outer, compiler, ['inputs'], ['defaults']);
  return (scope) => {
    const inputs = fields['inputs']?.(scope);
    if (isNullish(inputs)) return null;
    const rows = arrayArgument('$zip', inputs, 34_461);
    if (rows.some(isNullish)) return null;
    const columns = rows.map((row) => arrayArgument('$zip', row, 34_468));
    const lengths = columns.map((column) => column.length);
    const defaults = fields['defaults']?.(scope);
    const fill = isNullish(defaults) ? [] : arrayArgument('$zip', defaults, 34_462);
    const length = longest ? Math.max(...lengths) : Math.min(...lengths);
    return Array.from({ length }, (_, index) =>
      columns.map((column, place) => column[index] ?? fill[place] ?? null),
    );
  };
};

/** The first or last, the least or greatest few. */
function few(name: string, choose: (items: readonly Value[], n: number) => Value[]): Operator {
  return named(name, ['n', 'input'], [], ({ n, input }) => {
    const count = wholeNumber(name, n, 5_787_902);
    if (count < 1) throw new CommandError(5_787_908, `'n' must be greater than 0, found ${count}`);
    return choose(arrayArgument(name, input, 5_788_200), count);
  });
}

function sorted(items: readonly Value[]): Value[] {
  return items.filter((item) => !isNullish(item)).sort(compare);
}

const sortArray: Operator = (argument, compiler) => {
  if (!isDoc(argument)) throw new CommandError(2_942_500, '$sortArray requires an object as an argument');
  const by = argument.get('sortBy');
  if (by === undefined) throw new CommandError(2_942_502, "$sortArray requires 'sortBy' to be specified");
  const outer = new Map([...argument].filter(([key]) => key !== 'sortBy'));
  const { input } = compileFields('$sortArray', outer, compiler, ['input']);
  const order = isDoc(by) ? sortOrder(by) : undefined;
  const direction = wholeNumber('$sortArray', isDoc(by) ? new Int32(1) : by, 2_942_507);
  return (scope) => {
    const items = input?.(scope);
    if (isNullish(items)) return null;
    const copy = [...arrayArgument('$sortArray', items, 2_942_504)];
    if (!order) return copy.sort((a, b) => direction * compare(a, b));
    return copy.sort((a, b) => order(isDoc(a) ? a : new Map(), isDoc(b) ? b : new Map()));
  };
};

export const arrayOperators: OperatorTable = {
  $arrayElemAt: positional('$arrayElemAt', [2, 2], orNull(elementAt)),
  $concatArrays: variadic((values) =>
    values.some(isNullish) ? null : values.flatMap((value) => arrayArgument('$concatArrays', value, 28_664)),
  ),
  $filter: filter,
  $first: positional(
    '$first',
    [1, 1],
    orNull((value) => arrayArgument('$first', value).at(0)),
  ),
  $last: positional(
    '$last',
    [1, 1],
    orNull((value) => arrayArgument('$last', value).at(-1)),
  ),
  $firstN: few('$firstN', (items, n) => items.slice(0, n)),
  $lastN: few('$lastN', (items, n) => items.slice(-n)),
  $minN: few('$minN', (items, n) => sorted(items).slice(0, n)),
  $maxN: few('$maxN', (items, n) => sorted(items).toReversed().slice(0, n)),
  $in: positional('$in', [2, 2], (wanted, array) =>
    arrayArgument('$in', array, 40_081).some((item) => equal(item, wanted)),
  ),
  $indexOfArray: positional('$indexOfArray', [2, 4], (array, wanted, ...rest) =>
    isNullish(array) ? null : indexOf(array, wanted, ...rest),
  ),
  $isArray: positional('$isArray', [1, 1], (value) => Array.isArray(value)),
  $map: map,
  $range: positional('$range', [2, 3], orNull(range)),
  $reduce: reduce,
  $reverseArray: positional(
    '$reverseArray',
    [1, 1],
    orNull((value) => arrayArgument('$reverseArray', value, 34_435).toReversed()),
  ),
  $size: positional('$size', [1, 1], (value) => new Int32(arrayArgument('$size', value, 17_124).length)),
  $slice: positional('$slice', [2, 3], orNull(slice)),
  $sortArray: sortArray,
  $zip: zip,
};
