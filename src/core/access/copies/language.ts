import { Password } from './passwords.ts';

/** How a language writes data. */
export interface Language {
  readonly text: (text: string) => string;
  readonly number: (number: number) => string;
  readonly name: (name: string) => string;
  /** What is in a list or an object comes as it is written. */
  readonly list: (items: readonly string[]) => string;
  readonly object: (members: readonly Member[]) => string;
  readonly password: (password: Password) => string;
}

export type Member = readonly [name: string, value: string];

export function written(value: unknown, language: Language): string {
  if (value instanceof Password) return language.password(value);
  if (Array.isArray(value)) return language.list(value.map((item) => written(item, language)));
  if (typeof value === 'object' && value !== null) return language.object(members(value, language));
  if (typeof value === 'number') return language.number(value);
  return typeof value === 'string' ? language.text(value) : String(value);
}

export function members(value: object, language: Language): readonly Member[] {
  return Object.entries(value).map(([name, item]) => [language.name(name), written(item, language)]);
}

export function block(open: string, lines: readonly string[], close: string): string {
  if (lines.length === 0) return open + close;
  return [open, ...lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}`), close].join('\n');
}

/** On one line, if none of the items takes more. */
export function list(items: readonly string[]): string {
  if (!items.some((item) => item.includes('\n'))) return `[${items.join(', ')}]`;
  return block(
    '[',
    items.map((item) => `${item},`),
    ']',
  );
}

/** A text between quotes; `coded` writes a character by its hexadecimal code. */
export function quotedText(text: string, quote: '"' | "'", coded: (code: string) => string): string {
  const inside = text.replaceAll(/[\\'"\p{Cc}\u2028\u2029\uFFFE\uFFFF]/gu, (character) => {
    if (character === '\\' || character === quote) return `\\${character}`;
    if (/['"]/.test(character)) return character;
    return shortEscapes[character] ?? coded((character.codePointAt(0) ?? 0).toString(16));
  });
  return `${quote}${inside}${quote}`;
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export function comment(mark: '#' | '//', text: string): string {
  const lines = text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/);
  return lines.map((line) => `${mark} ${line}`.trimEnd()).join('\n');
}

/** Gives a name to each thing of a text: `user`, then `user2`. */
export function namesWith(separator: string): (word: string) => string {
  const counts = new Map<string, number>();
  return (word) => {
    const count = (counts.get(word) ?? 0) + 1;
    counts.set(word, count);
    return numbered(word, separator, count);
  };
}

export function numbered(word: string, separator: string, number: number): string {
  return number === 1 ? word : `${word}${separator}${number}`;
}
