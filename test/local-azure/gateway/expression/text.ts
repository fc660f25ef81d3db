import { BSONRegExp, Int32 } from 'bson';
import { compareStrings } from '../bson/order.ts';
import { isNullish } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compilePattern } from '../query/pattern.ts';
import { wholeNumber } from './array.ts';
import { toText } from './convert.ts';
import { nameOfType, named, orNull, positional, variadic } from './operator.ts';
import type { Named, Operator, OperatorTable } from './operator.ts';

function stringArgument(name: string, value: Value | undefined, code: number): string {
  if (typeof value === 'string') return value;
  throw new CommandError(code, `${name} requires a string, found: ${nameOfType(value)}`);
}

/** What several old operators do with an argument that is no string. */
function coerced(name: string, value: Value | undefined): string {
  return isNullish(value) ? '' : toText(value, name);
}

/** ASCII only: the service leaves every other letter as it is. */
function changeCase(value: string, upper: boolean): string {
  return value.replace(upper ? /[a-z]+/g : /[A-Z]+/g, (run) =>
    upper ? run.toUpperCase() : run.toLowerCase(),
  );
}

function charactersOf(value: string): readonly string[] {
  return Array.from(value);
}

function asBytes(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}

function isBoundary(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || ((bytes[at] ?? 0) & 0xc0) !== 0x80;
}

function substringOfBytes(
  value: Value | undefined,
  from: Value | undefined,
  length: Value | undefined,
): string {
  const bytes = asBytes(coerced('$substrBytes', value));
  const start = wholeNumber('$substrBytes', from, 16_034);
  const wanted = wholeNumber('$substrBytes', length, 16_035);
  if (start < 0) throw new CommandError(50_752, '$substrBytes: starting index must be non-negative');
  const end = wanted < 0 ? bytes.length : Math.min(start + wanted, bytes.length);
  if (!isBoundary(bytes, start)) {
    throw new CommandError(
      28_656,
      '$substrBytes: Invalid range, starting index is a UTF-8 continuation byte.',
    );
  }
  if (!isBoundary(bytes, end)) {
    throw new CommandError(
      28_657,
      '$substrBytes: Invalid range, ending index is in the middle of a UTF-8 character.',
    );
  }
  return bytes.toString('utf8', start, Math.max(start, end));
}

function substringOfCharacters(
  value: Value | undefined,
  from: Value | undefined,
  length: Value | undefined,
): string {
  const characters = charactersOf(coerced('$substrCP', value));
  const start = wholeNumber('$substrCP', from, 34_450);
  const wanted = wholeNumber('$substrCP', length, 34_452);
  if (start < 0)
    throw new CommandError(34_455, '$substrCP: the starting index must be a non-negative integer.');
  if (wanted < 0) throw new CommandError(34_454, '$substrCP: length must be a non-negative integer.');
  return characters.slice(start, start + wanted).join('');
}

function indexOf(name: string, cut: (value: string) => readonly string[] | Buffer): Operator {
  return positional(name, [2, 4], (text, token, from, to) => {
    if (isNullish(text)) return null;
    const whole = cut(stringArgument(name, text, 40_091));
    const part = cut(stringArgument(name, token, 40_092));
    const start = from === undefined ? 0 : wholeNumber(name, from, 40_096);
    const end = Math.min(to === undefined ? whole.length : wholeNumber(name, to, 40_096), whole.length);
    if (start < 0 || (to !== undefined && end < 0)) {
      throw new CommandError(40_097, `${name} requires a nonnegative index`);
    }
    for (let at = start; at + part.length <= end; at++) {
      if (part.every((item: string | number, index: number) => whole[at + index] === item))
        return new Int32(at);
    }
    return new Int32(-1);
  });
}

const WHITESPACE =
  '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

function trim(name: string, left: boolean, right: boolean): Operator {
  return named(name, ['input'], ['chars'], ({ input, chars }) => {
    if (isNullish(input) || chars === null) return null;
    const characters = charactersOf(stringArgument(name, input, 50_699));
    const removed = new Set(chars === undefined ? WHITESPACE : stringArgument(name, chars, 50_700));
    const kept = (character: string): boolean => !removed.has(character);
    const first = left ? characters.findIndex(kept) : 0;
    const last = right ? characters.findLastIndex(kept) : characters.length - 1;
    return first < 0 ? '' : characters.slice(first, last + 1).join('');
  });
}

function split(text: Value, separator: Value): Value {
  const whole = stringArgument('$split', text, 40_085);
  const between = stringArgument('$split', separator, 40_086);
  if (between === '') throw new CommandError(40_087, '$split requires a non-empty separator');
  return whole.split(between);
}

function replace(name: string, all: boolean): Operator {
  return named(name, ['input', 'find', 'replacement'], [], ({ input, find, replacement }) => {
    if (isNullish(input) || isNullish(find) || isNullish(replacement)) return null;
    const text = stringArgument(name, input, 51_746);
    const wanted = stringArgument(name, find, 51_745);
    const put = stringArgument(name, replacement, 51_744);
    return all ? text.replaceAll(wanted, () => put) : text.replace(wanted, () => put);
  });
}

function matches(
  { input, regex, options }: Named,
  name: string,
  global: boolean,
): readonly Doc[] | undefined {
  if (isNullish(input) || isNullish(regex)) return undefined;
  const text = stringArgument(name, input, 51_104);
  const written = isNullish(options) ? '' : stringArgument(name, options, 51_106);
  if (!(regex instanceof BSONRegExp) && typeof regex !== 'string') {
    throw new CommandError(51_105, `${name} needs 'regex' to be of type string or regex`);
  }
  const compiled =
    typeof regex === 'string'
      ? compilePattern(regex, written)
      : compilePattern(regex.pattern, regex.options || written);
  const found = [...text.matchAll(new RegExp(compiled, `${compiled.flags}g`))];
  return (global ? found : found.slice(0, 1)).map((match) => {
    const captures = match.slice(1).map((capture: string | undefined) => capture ?? null);
    return new Map<string, Value>([
      ['match', match[0]],
      ['idx', new Int32(charactersOf(text.slice(0, match.index)).length)],
      ['captures', captures],
    ]);
  });
}

const pattern = ['input', 'regex'] as const;

function compareIgnoringCase(a: Value | undefined, b: Value | undefined): Value {
  const [x, y] = [a, b].map((value) => changeCase(coerced('$strcasecmp', value), true));
  return new Int32(compareStrings(x ?? '', y ?? ''));
}

export const textOperators: OperatorTable = {
  $concat: variadic((values) => {
    let text = '';
    for (const value of values) {
      if (isNullish(value)) return null;
      if (typeof value !== 'string') {
        throw new CommandError(16_702, `$concat only supports strings, not ${nameOfType(value)}`);
      }
      text += value;
    }
    return text;
  }),
  $toLower: positional('$toLower', [1, 1], (value) => changeCase(coerced('$toLower', value), false)),
  $toUpper: positional('$toUpper', [1, 1], (value) => changeCase(coerced('$toUpper', value), true)),
  $strcasecmp: positional('$strcasecmp', [2, 2], compareIgnoringCase),
  $strLenBytes: positional(
    '$strLenBytes',
    [1, 1],
    (value) => new Int32(asBytes(stringArgument('$strLenBytes', value, 34_473)).length),
  ),
  $strLenCP: positional(
    '$strLenCP',
    [1, 1],
    (value) => new Int32(charactersOf(stringArgument('$strLenCP', value, 34_471)).length),
  ),
  $substr: positional('$substr', [3, 3], substringOfBytes),
  $substrBytes: positional('$substrBytes', [3, 3], substringOfBytes),
  $substrCP: positional('$substrCP', [3, 3], substringOfCharacters),
  $indexOfBytes: indexOf('$indexOfBytes', asBytes),
  $indexOfCP: indexOf('$indexOfCP', charactersOf),
  $trim: trim('$trim', true, true),
  $ltrim: trim('$ltrim', true, false),
  $rtrim: trim('$rtrim', false, true),
  $split: positional('$split', [2, 2], orNull(split)),
  $replaceOne: replace('$replaceOne', false),
  $replaceAll: replace('$replaceAll', true),
  $regexMatch: named('$regexMatch', pattern, ['options'], (values) => {
    return (matches(values, '$regexMatch', false) ?? []).length > 0;
  }),
  $regexFind: named('$regexFind', pattern, ['options'], (values) => {
    return matches(values, '$regexFind', false)?.[0] ?? null;
  }),
  $regexFindAll: named('$regexFindAll', pattern, ['options'], (values) => {
    return [...(matches(values, '$regexFindAll', true) ?? [])];
  }),
};
