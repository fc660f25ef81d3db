/** The part of the Kusto language that this Resource Graph understands. What it does not know, it refuses. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string | number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'compare';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'in';
      readonly operator: string;
      readonly left: Expression;
      readonly list: readonly Expression[];
    }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression };

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

export interface SortKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

type Operator =
  | { readonly kind: 'where'; readonly condition: Expression }
  | { readonly kind: 'project' | 'extend' | 'distinct'; readonly columns: readonly NamedExpression[] }
  | { readonly kind: 'project-away'; readonly names: readonly string[] }
  | { readonly kind: 'sort'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'take'; readonly count: number }
  | {
      readonly kind: 'summarize';
      readonly aggregates: readonly NamedExpression[];
      readonly by: readonly NamedExpression[];
    }
  | { readonly kind: 'count' };

export interface Query {
  readonly table: string;
  readonly operators: readonly Operator[];
}

/** A query that cannot be read, and where reading stopped. */
export class KqlError extends Error {
  readonly code: 'ParserFailure' | 'InvalidQuery';
  readonly line: number;
  readonly column: number;
  constructor(
    code: KqlError['code'],
    message: string,
    at: { readonly line: number; readonly column: number },
  ) {
    super(message);
    this.name = 'KqlError';
    this.code = code;
    this.line = at.line;
    this.column = at.column;
  }
}

interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'symbol' | 'end';
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const lexicon =
  /\s+|\/\/[^\n]*|(?<string>@'[^']*'|@"[^"]*"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<number>-?\d+(?:\.\d+)?)|(?<operator>!?in~|!(?:in|has|contains|startswith|endswith)(?:_cs)?\b)|(?<word>\$?[a-z_][\w]*(?:-(?:away|keep|rename|reorder|by|expand|join))?)|(?<symbol>[=!]~|[=!<>]=|[|(),.=<>[\]])/giy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  lexicon.lastIndex = 0;
  while (lexicon.lastIndex < text.length) {
    const start = lexicon.lastIndex;
    const at = { line, column: start - lineStart };
    const match = lexicon.exec(text);
    if (!match) throw new KqlError('ParserFailure', `unexpected character '${text[start]}'`, at);
    const [whole] = match;
    const { string, number, operator, word, symbol } = match.groups ?? {};
    if (string !== undefined) tokens.push({ kind: 'string', text: unquote(string), ...at });
    if (number !== undefined) tokens.push({ kind: 'number', text: number, ...at });
    if (operator !== undefined) tokens.push({ kind: 'symbol', text: operator, ...at });
    if (word !== undefined) tokens.push({ kind: 'word', text: word, ...at });
    if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, ...at });
    line += whole.split('\n').length - 1;
    if (whole.includes('\n')) lineStart = start + whole.lastIndexOf('\n') + 1;
  }
  tokens.push({ kind: 'end', text: '<EOF>', line, column: text.length - lineStart });
  return tokens;
}

function unquote(text: string): string {
  if (text.startsWith('@')) return text.slice(2, -1);
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, mark: string) => escapes[mark] ?? mark);
}

const comparisons = new Set(['==', '!=', '=~', '!~', '<', '<=', '>', '>=']);
const wordComparisons = new Set(
  ['has', 'contains', 'startswith', 'endswith']
    .flatMap((word) => [word, `${word}_cs`])
    .flatMap((word) => [word, `!${word}`]),
);

export function parseQuery(text: string): Query {
  const tokens = tokenize(text);
  let position = 0;
  const next = () => tokens[position] ?? { kind: 'end' as const, text: '<EOF>', line: 1, column: 0 };
  const isNext = (...texts: readonly string[]) => next().kind !== 'string' && texts.includes(next().text);
  const fail = (expected: string): never => {
    throw new KqlError('ParserFailure', `unexpected '${next().text}', expected ${expected}`, next());
  };
  const advance = (): Token => {
    const token = next();
    position += 1;
    return token;
  };
  const accept = (...texts: readonly string[]): boolean => {
    if (!isNext(...texts)) return false;
    position += 1;
    return true;
  };
  const expect = (text: string): void => {
    if (!accept(text)) fail(`'${text}'`);
  };
  const word = (): string => (next().kind === 'word' ? advance().text : fail('a name'));
  const commaSeparated = <T>(read: () => T): T[] => {
    const found = [read()];
    while (accept(',')) found.push(read());
    return found;
  };

  const table = word();
  const operators: Operator[] = [];
  while (accept('|')) operators.push(operator());
  if (next().kind !== 'end') fail("'|' or the end of the query");
  return { table, operators };

  function operator(): Operator {
    const name = next().kind === 'word' ? next().text : fail('an operator');
    position += 1;
    switch (name) {
      case 'where':
      case 'filter':
        return { kind: 'where', condition: expression() };
      case 'project':
      case 'extend':
      case 'distinct':
        return { kind: name, columns: commaSeparated(named) };
      case 'project-away':
        return { kind: 'project-away', names: commaSeparated(word) };
      case 'order':
      case 'sort':
        expect('by');
        return { kind: 'sort', keys: commaSeparated(sortKey) };
      case 'take':
      case 'limit':
        return { kind: 'take', count: next().kind === 'number' ? Number(advance().text) : fail('a number') };
      case 'summarize': {
        const aggregates = isNext('by') ? [] : commaSeparated(named);
        return { kind: 'summarize', aggregates, by: accept('by') ? commaSeparated(named) : [] };
      }
      case 'count':
        return { kind: 'count' };
      default:
        position -= 1;
        return fail(
          'where, project, project-away, extend, distinct, order, sort, take, limit, summarize or count',
        );
    }
  }

  function sortKey(): SortKey {
    const key = expression();
    const descending = accept('desc') || !accept('asc');
    if (!accept('nulls')) return { expression: key, descending, nullsFirst: !descending };
    const nullsFirst = accept('first');
    if (!nullsFirst) expect('last');
    return { expression: key, descending, nullsFirst };
  }

  function named(): NamedExpression {
    const following = tokens[position + 1];
    if (next().kind === 'word' && following?.kind === 'symbol' && following.text === '=') {
      const name = word();
      expect('=');
      return { name, expression: expression() };
    }
    const value = expression();
    return { name: defaultName(value), expression: value };
  }

  function expression(): Expression {
    let left = conjunction();
    while (accept('or')) left = { kind: 'or', left, right: conjunction() };
    return left;
  }

  function conjunction(): Expression {
    let left = comparison();
    while (accept('and')) left = { kind: 'and', left, right: comparison() };
    return left;
  }

  function comparison(): Expression {
    const left = postfix();
    const { text, kind } = next();
    if (kind === 'string' || kind === 'end') return left;
    if (comparisons.has(text) || wordComparisons.has(text)) {
      advance();
      return { kind: 'compare', operator: text, left, right: postfix() };
    }
    if (accept('in', 'in~', '!in', '!in~')) {
      expect('(');
      const list = commaSeparated(expression);
      expect(')');
      return { kind: 'in', operator: text, left, list };
    }
    return left;
  }

  function postfix(): Expression {
    let value = primary();
    for (;;) {
      if (accept('.')) value = { kind: 'member', of: value, name: word() };
      else if (accept('[')) {
        const token = advance();
        if (token.kind !== 'string' && token.kind !== 'number') fail('a name or a number');
        expect(']');
        value = {
          kind: 'member',
          of: value,
          name: token.kind === 'number' ? Number(token.text) : token.text,
        };
      } else return value;
    }
  }

  function primary(): Expression {
    const token = advance();
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: token.text };
      case 'number':
        return { kind: 'literal', value: Number(token.text) };
      case 'word': {
        if (token.text === 'true' || token.text === 'false')
          return { kind: 'literal', value: token.text === 'true' };
        if (!accept('(')) return { kind: 'column', name: token.text };
        if (token.text === 'dynamic' && accept('null')) {
          expect(')');
          return { kind: 'literal', value: null };
        }
        const args = isNext(')') ? [] : commaSeparated(expression);
        expect(')');
        return { kind: 'call', name: token.text, args };
      }
      case 'symbol':
        if (token.text === '(') {
          const inner = expression();
          expect(')');
          return inner;
        }
        break;
      case 'end':
        break;
    }
    position -= 1;
    return fail('an expression');
  }
}

/** The column that an expression without an alias becomes. */
function defaultName(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.name;
    case 'member':
      return `${defaultName(expression.of)}_${expression.name}`;
    case 'call':
      return `${expression.name}_`;
    case 'literal':
    case 'compare':
    case 'in':
    case 'and':
    case 'or':
      return 'Column1';
  }
}
