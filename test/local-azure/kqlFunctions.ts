/** A value of a query: a scalar, or a dynamic one of any shape. */
export type Value = unknown;
export type ColumnType = 'string' | 'dynamic' | 'bool' | 'long';

export const functionTypes: Readonly<Record<string, ColumnType>> = {
  tostring: 'string',
  tolower: 'string',
  toupper: 'string',
  strcat: 'string',
  tobool: 'bool',
  isnull: 'bool',
  isnotnull: 'bool',
  isempty: 'bool',
  isnotempty: 'bool',
  not: 'bool',
  toint: 'long',
  tolong: 'long',
  strlen: 'long',
  array_length: 'long',
  pack: 'dynamic',
  bag_pack: 'dynamic',
  pack_dictionary: 'dynamic',
  parse_json: 'dynamic',
  todynamic: 'dynamic',
};

/** Whether two values stand in a relation: null, which is neither, where the language says so. */
export function compare(operator: string, left: Value, right: Value): boolean | null {
  if (isNull(left) || isNull(right)) {
    const both = isNull(left) && isNull(right);
    if (operator === '==' || operator === '=~') return both ? null : false;
    if (operator === '!=' || operator === '!~') return both ? null : true;
    if (/^[<>]/.test(operator)) return null;
  }
  switch (operator) {
    case '==':
      return compareValues(left, right) === 0;
    case '!=':
      return compareValues(left, right) !== 0;
    case '=~':
      return text(left).toLowerCase() === text(right).toLowerCase();
    case '!~':
      return text(left).toLowerCase() !== text(right).toLowerCase();
    case '<':
      return (compareValues(left, right) ?? 0) < 0;
    case '<=':
      return (compareValues(left, right) ?? 1) <= 0;
    case '>':
      return (compareValues(left, right) ?? 0) > 0;
    case '>=':
      return (compareValues(left, right) ?? -1) >= 0;
    default: {
      const isNegated = operator.startsWith('!');
      return compareText(operator.replace('!', ''), text(left), text(right)) !== isNegated;
    }
  }
}

function compareText(operator: string, left: string, right: string): boolean {
  const isExact = operator.endsWith('_cs');
  const whole = isExact ? left : left.toLowerCase();
  const part = isExact ? right : right.toLowerCase();
  switch (operator.replace('_cs', '')) {
    case 'contains':
      return whole.includes(part);
    case 'startswith':
      return whole.startsWith(part);
    case 'endswith':
      return whole.endsWith(part);
    default:
      // `has` looks for a whole term: letters and digits without a break.
      return ` ${whole.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `.includes(
        ` ${part.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `,
      );
  }
}

export function compareValues(left: Value, right: Value): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' || typeof right === 'boolean') return left === right ? 0 : undefined;
  const [one, other] = [text(left), text(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}

export function call(name: string, args: readonly Value[]): Value {
  const [first, second, third] = args;
  switch (name) {
    case 'tostring':
      return text(first);
    case 'tolower':
      return text(first).toLowerCase();
    case 'toupper':
      return text(first).toUpperCase();
    case 'strcat':
      return args.map(text).join('');
    case 'strlen':
      return text(first).length;
    case 'tobool':
      return toBool(first);
    case 'toint':
    case 'tolong':
      return isNull(first) || text(first).trim() === '' || Number.isNaN(Number(first))
        ? null
        : Math.trunc(Number(first));
    case 'isnull':
      return isNull(first);
    case 'isnotnull':
      return !isNull(first);
    case 'isempty':
      return isNull(first) || first === '';
    case 'isnotempty':
      return !isNull(first) && first !== '';
    case 'not':
      return first === null ? null : first !== true;
    case 'coalesce':
      // An empty string counts as nothing.
      return args.find((arg) => !isNull(arg) && arg !== '') ?? args.at(-1) ?? null;
    case 'iff':
    case 'iif':
      return first === true ? second : third;
    case 'array_length':
      return Array.isArray(first) ? first.length : null;
    case 'parse_json':
    case 'todynamic':
      return typeof first === 'string' ? parse(first) : first;
    default:
      return Object.fromEntries(
        args.flatMap((arg, index) => (index % 2 === 0 ? [[text(arg), args[index + 1] ?? null]] : [])),
      );
  }
}

function toBool(value: Value): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  const word = text(value).toLowerCase();
  return word === 'true' || word === '1' ? true : word === 'false' || word === '0' ? false : null;
}

function parse(value: string): Value {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export function isNull(value: Value): boolean {
  return value === null || value === undefined;
}

function text(value: Value): string {
  if (isNull(value)) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
