import { BSONRegExp, BSONSymbol } from 'bson';
import type { Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';

/** What PCRE reads one way and JavaScript, without a word, another. */
const FOREIGN = /\\[AZzGKQEhHRXC]|\(\?(?:[imsx-]+:|[>#|&P'R\d+]|\()|\[\[:|[*+?}]\+|\(\*/;

/**
 * Translates a stored pattern. What cannot be translated faithfully is refused, rather than matched by other
 * rules than the server's.
 */
export function compilePattern(pattern: string, options: string): RegExp {
  const flags = new Set(options);
  let source = pattern;
  const leading = /^\(\?([imsx]+)\)/.exec(source);
  if (leading) {
    source = source.slice(leading[0].length);
    for (const flag of leading[1] ?? '') flags.add(flag);
  }
  for (const flag of flags) {
    if (!'imsxu'.includes(flag)) throw invalid(`invalid flag in regex options: ${flag}`);
  }
  if (FOREIGN.test(source)) {
    throw new CommandError('CommandNotSupported', `This emulator cannot run the pattern ${pattern}`);
  }
  if (flags.has('x')) source = withoutComments(source);
  try {
    return new RegExp(source, ['i', 'm', 's'].filter((flag) => flags.has(flag)).join(''));
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'unknown');
  }
}

function invalid(reason: string): CommandError {
  return new CommandError(51_091, `Regular expression is invalid: ${reason}`);
}

/** The extended form: blanks and comments mean nothing, outside of a class and unless escaped. */
function withoutComments(source: string): string {
  return source.replace(
    /(\\[^]|\[(?:\\[^]|[^\]])*\])|\s+|#[^\n]*/g,
    (_, kept: string | undefined) => kept ?? '',
  );
}

export function matchesPattern(value: Value | undefined, pattern: RegExp, original: BSONRegExp): boolean {
  if (typeof value === 'string') return pattern.test(value);
  if (value instanceof BSONSymbol) return pattern.test(value.value);
  return (
    value instanceof BSONRegExp && value.pattern === original.pattern && value.options === original.options
  );
}
