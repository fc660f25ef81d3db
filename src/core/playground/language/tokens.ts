export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'sign' | 'other';
  /** Of a string what is between its quotes, as it is spelled. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Of a bracket the other one, by its place among the tokens. */
  pair?: number;
}

/**
 * A script taken apart up to a place in it, where somebody types: it need not be JavaScript yet. Comments are no
 * tokens.
 */
export interface Tokens {
  readonly tokens: readonly Token[];
  /** The brackets that are open at the end, the outermost first, by their place among the tokens. */
  readonly open: readonly number[];
  /** What the end is in: of a string the last token has what there is of it. */
  readonly end: 'code' | 'string' | 'elsewhere';
}

const openers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Behind these a slash begins a pattern, as behind all signs but a closing bracket. */
const beforePatterns = /^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|instanceof)$/;

const word = /[\p{L}_$#][\p{L}\p{N}_$]*/uy;
const number = /\d(?:[\w.]|(?<=[eE])[+-])*/y;
const quoted = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const pattern = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const longSign = /\?\.(?!\d)|=>|\.\.\./y;

function isSpace(sign: string): boolean {
  return sign <= ' ' || sign === '\u00a0' || sign === '\ufeff';
}

function mayBeWord(sign: string): boolean {
  return (
    (sign >= 'a' && sign <= 'z') ||
    (sign >= 'A' && sign <= 'Z') ||
    sign === '$' ||
    sign === '_' ||
    sign === '#' ||
    sign > '\u007f'
  );
}

export function tokensOf(text: string, end: number): Tokens {
  const tokens: Token[] = [];
  const open: number[] = [];
  const ended = (state: Tokens['end']): Tokens => ({ tokens, open, end: state });
  const add = (kind: Token['kind'], from: number, to: number): void => {
    tokens.push({ kind, text: text.slice(from, to), from, to });
  };

  let at = 0;
  while (at < end) {
    const from = at;
    const sign = text[from] ?? '';
    if (isSpace(sign)) {
      at++;
    } else if (sign === '/' && text[from + 1] === '/') {
      const line = text.indexOf('\n', from);
      at = line === -1 ? text.length : line;
      if (at >= end) return ended('elsewhere');
    } else if (sign === '/' && text[from + 1] === '*') {
      const close = text.indexOf('*/', from + 2);
      if (close === -1 || close + 2 > end) return ended('elsewhere');
      at = close + 2;
    } else if (sign === "'" || sign === '"') {
      const length = lengthOf(quoted, text, from);
      const line = text.indexOf('\n', from);
      // Nobody closed it: the next line is another matter.
      at = length > 0 ? from + length : line === -1 ? text.length : line;
      const isOpen = at > end || (at === end && length === 0);
      const to = isOpen ? end : at;
      tokens.push({
        kind: 'string',
        text: text.slice(from + 1, isOpen || length === 0 ? to : to - 1),
        from,
        to,
      });
      if (isOpen) return ended('string');
    } else if (sign === '`') {
      const close = templateEnd(text, from);
      if (close === undefined || close > end) return ended('elsewhere');
      add('other', from, close);
      at = close;
    } else if (mayBeWord(sign)) {
      const to = from + Math.max(1, lengthOf(word, text, from));
      // At the left edge it begins a statement, whatever is still open; but a key has its colon.
      if (open.length > 0 && text[from - 1] === '\n' && !/^\s*:/.test(text.slice(to, to + 20)))
        open.length = 0;
      at = Math.min(to, end);
      add('word', from, at);
    } else if (sign >= '0' && sign <= '9') {
      at = Math.min(from + lengthOf(number, text, from), end);
      add('number', from, at);
    } else if (sign === '/' && mayBePattern(tokens.at(-1)) && lengthOf(pattern, text, from) > 0) {
      at = from + lengthOf(pattern, text, from);
      if (at > end) return ended('elsewhere');
      add('other', from, at);
    } else {
      at = from + ('?=.'.includes(sign) ? Math.max(1, lengthOf(longSign, text, from)) : 1);
      bracket(tokens, open, sign);
      add('sign', from, Math.min(at, end));
    }
  }
  return ended('code');
}

/** How long it is that stands there; 0 where it does not. */
function lengthOf(part: RegExp, text: string, from: number): number {
  part.lastIndex = from;
  return part.test(text) ? part.lastIndex - from : 0;
}

/** Of a bracket that is about to be added: it opens, or it closes the last one of its kind. */
function bracket(tokens: Token[], open: number[], sign: string): void {
  if (sign === '(' || sign === '[' || sign === '{') open.push(tokens.length);
  const opener = openers[sign];
  if (opener === undefined) return;
  const place = open.findLastIndex((one) => tokens[one]?.text === opener);
  const pair = open[place];
  if (pair === undefined) return;
  open.length = place;
  const other = tokens[pair];
  if (other !== undefined) other.pair = tokens.length;
}

function mayBePattern(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return beforePatterns.test(before.text);
  return before.kind === 'sign' && openers[before.text] === undefined;
}

/** Where a template ends that begins here. What is in its braces may have templates of its own. */
function templateEnd(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at];
    if (sign === '\\') at++;
    else if (sign === '`' && depth === 0) return at + 1;
    else if (sign === '`') at = (templateEnd(text, at) ?? text.length) - 1;
    else if (sign === '$' && depth === 0 && text[at + 1] === '{') [depth, at] = [1, at + 1];
    else if (depth > 0 && sign === '{') depth++;
    else if (depth > 0 && sign === '}') depth--;
  }
  return undefined;
}

/** What stands where a value is, as far as it can be read without running it. */
export type Literal =
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Literal])[] }
  | { readonly kind: 'array'; readonly items: readonly Literal[] }
  | { readonly kind: 'string' | 'number' | 'word'; readonly text: string }
  | { readonly kind: 'other' };

/** The value that begins at a token, up to the one before `end`. */
export function literalAt(tokens: readonly Token[], from: number, end: number): Literal {
  const first = tokens[from];
  if (first === undefined || from >= end) return { kind: 'other' };
  if (first.pair === end - 1 && first.text === '{') return objectAt(tokens, from, end - 1);
  if (first.pair === end - 1 && first.text === '[')
    return {
      kind: 'array',
      items: partsOf(tokens, from + 1, end - 1).map(([a, b]) => literalAt(tokens, a, b)),
    };
  if (end - from !== 1 || first.kind === 'sign' || first.kind === 'other') return { kind: 'other' };
  return { kind: first.kind, text: first.text };
}

function objectAt(tokens: readonly Token[], from: number, end: number): Literal {
  const entries = partsOf(tokens, from + 1, end).flatMap(([first, last]) => {
    const key = tokens[first];
    if (key === undefined || tokens[first + 1]?.text !== ':') return [];
    return [[key.text, literalAt(tokens, first + 2, last)] as const];
  });
  return { kind: 'object', entries };
}

/** What commas part between two places, each from its first token to the one behind its last. */
export function partsOf(
  tokens: readonly Token[],
  from: number,
  end: number,
): readonly (readonly [number, number])[] {
  const parts: (readonly [number, number])[] = [];
  let first = from;
  for (let at = from; at < end; at++) {
    const token = tokens[at];
    if (token?.kind !== 'sign') continue;
    if (token.pair !== undefined) at = token.pair;
    else if (token.text === ',') {
      parts.push([first, at]);
      first = at + 1;
    }
  }
  if (first < end) parts.push([first, end]);
  return parts;
}
