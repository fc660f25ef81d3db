/** A place in a text: from its first character to the one behind its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** JSON as it was written: with the places of its parts, its keys in their order, and its numbers as text. */
export type Json = Span &
  (
    | { readonly kind: 'object'; readonly members: readonly Member[] }
    | { readonly kind: 'array'; readonly items: readonly Json[] }
    | { readonly kind: 'string'; readonly text: string }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'constant'; readonly value: boolean | null }
  );

export interface Member {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Json;
}

const syntaxCodes = [
  'expectedValue',
  'expectedKey',
  'expectedColon',
  'expectedComma',
  'trailingComma',
  'badString',
  'badNumber',
  'comment',
  'afterEnd',
] as const;

export type SyntaxCode = (typeof syntaxCodes)[number] | 'tooDeep';

/** Whether it is no JSON, which others can say as well. */
export function isSyntax(code: string): boolean {
  return (syntaxCodes as readonly string[]).includes(code);
}

export type Parsed =
  | { readonly json: Json }
  | { readonly json: undefined; readonly problem: Span & { readonly code: SyntaxCode } };

/** MongoDB keeps no document that is deeper. */
const depthLimit = 180;

/** Strict JSON; of what is wrong with it the first thing. */
export function parseJson(text: string): Parsed {
  const reader = new Reader(text);
  try {
    return { json: reader.whole() };
  } catch (error) {
    if (error instanceof Wrong) return { json: undefined, problem: error.problem };
    throw error;
  }
}

class Wrong extends Error {
  readonly problem: Span & { readonly code: SyntaxCode };
  constructor(code: SyntaxCode, start: number, end: number) {
    super(code);
    this.problem = { code, start, end };
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Json {
    const json = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) throw this.#wrong('afterEnd');
    return json;
  }

  #value(depth: number): Json {
    this.#skip();
    const start = this.#at;
    if (depth > depthLimit) throw this.#wrong('tooDeep');
    switch (this.#text.charAt(start)) {
      case '{':
        return this.#object(start, depth);
      case '[':
        return this.#array(start, depth);
      case '"': {
        const text = this.#string();
        return { kind: 'string', text, start, end: this.#at };
      }
      default:
        return this.#word(start);
    }
  }

  #object(start: number, depth: number): Json {
    const members: Member[] = [];
    this.#at++;
    for (let comma: number | undefined; ;) {
      this.#skip();
      if (this.#text[this.#at] === '}') {
        if (comma !== undefined) throw new Wrong('trailingComma', comma, comma + 1);
        this.#at++;
        return { kind: 'object', members, start, end: this.#at };
      }
      if (members.length > 0 && comma === undefined) throw this.#wrong('expectedComma');
      if (this.#text[this.#at] !== '"') throw this.#wrong('expectedKey');
      const keyStart = this.#at;
      const key = this.#string();
      const keySpan = { start: keyStart, end: this.#at };
      this.#skip();
      if (this.#text[this.#at] !== ':') throw this.#wrong('expectedColon');
      this.#at++;
      members.push({ key, keySpan, value: this.#value(depth + 1) });
      comma = this.#comma();
    }
  }

  #array(start: number, depth: number): Json {
    const items: Json[] = [];
    this.#at++;
    for (let comma: number | undefined; ;) {
      this.#skip();
      if (this.#text[this.#at] === ']') {
        if (comma !== undefined) throw new Wrong('trailingComma', comma, comma + 1);
        this.#at++;
        return { kind: 'array', items, start, end: this.#at };
      }
      if (items.length > 0 && comma === undefined) throw this.#wrong('expectedComma');
      items.push(this.#value(depth + 1));
      comma = this.#comma();
    }
  }

  /** Where a comma stands here, if one does. */
  #comma(): number | undefined {
    this.#skip();
    return this.#text[this.#at] === ',' ? this.#at++ : undefined;
  }

  #string(): string {
    const start = this.#at;
    strings.lastIndex = start;
    const [whole] = strings.exec(this.#text) ?? [];
    const lineEnd = this.#text.slice(start).search(/[\r\n]|$/);
    if (whole === undefined) throw new Wrong('badString', start, start + lineEnd);
    this.#at += whole.length;
    const text = JSON.parse(whole) as string;
    // Half a character cannot be kept.
    if (!text.isWellFormed()) throw new Wrong('badString', start, this.#at);
    return text;
  }

  #word(start: number): Json {
    words.lastIndex = start;
    const [word = ''] = words.exec(this.#text) ?? [];
    const end = start + word.length;
    if (word === '') throw this.#wrong('expectedValue');
    if (word === 'true' || word === 'false' || word === 'null') {
      this.#at = end;
      return { kind: 'constant', value: JSON.parse(word) as boolean | null, start, end };
    }
    if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) {
      this.#at = end;
      return { kind: 'number', text: word, start, end };
    }
    throw new Wrong(/^[-+.\d]/.test(word) ? 'badNumber' : 'expectedValue', start, end);
  }

  #skip(): void {
    spaces.lastIndex = this.#at;
    this.#at += spaces.exec(this.#text)?.[0].length ?? 0;
    if (!this.#text.startsWith('//', this.#at) && !this.#text.startsWith('/*', this.#at)) return;
    throw new Wrong('comment', this.#at, this.#at + 2);
  }

  #wrong(code: SyntaxCode): Wrong {
    return new Wrong(code, this.#at, Math.min(this.#at + 1, this.#text.length));
  }
}

/** Where it is used, the text from a certain place on is meant. */
// oxlint-disable-next-line no-control-regex -- they are what JSON forbids
const strings = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const words = /[\w.+$-]+/y;
const spaces = /[ \t\r\n]*/y;
