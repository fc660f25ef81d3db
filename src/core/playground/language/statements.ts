import { Parser } from 'acorn';
import type { Node, Options } from 'acorn';
import type { Statement } from '../run.ts';

/** A statement, and where in its text it is. */
export interface Located extends Statement {
  readonly from: number;
  readonly to: number;
}

export interface Statements {
  readonly statements: readonly Located[];
  /** The first thing that is no JavaScript. What is right before and behind it is among the statements. */
  readonly problem: SyntaxProblem | undefined;
}

export interface SyntaxProblem {
  readonly code: SyntaxCode;
  /** What stands there, or the name that is taken; empty at the end of a text. */
  readonly what: string;
  readonly from: number;
  readonly to: number;
  /** Counted from 0. */
  readonly line: number;
}

export type SyntaxCode =
  | 'unexpected'
  | 'unexpectedEnd'
  | 'openString'
  | 'openTemplate'
  | 'openPattern'
  | 'openComment'
  | 'badPattern'
  | 'badNumber'
  | 'badEscape'
  | 'nameTaken'
  | 'returnOutside'
  | 'notAssignable'
  /** mongosh waits by itself. */
  | 'awaitOutside'
  | 'other';

/** Several want to know the same: what marks statements, what marks errors, what runs them. */
let latest: { readonly text: string; readonly known: Statements } | undefined;

/** The statements of a script. A comment before one belongs to none. */
export function statementsOf(text: string): Statements {
  if (latest?.text !== text) latest = { text, known: apart(text) };
  return latest.known;
}

function apart(text: string): Statements {
  const lines = linesOf(text);
  const { nodes, problem } = read(text);
  const located = ({ start: from, end: to }: Node): Located => ({
    text: text.slice(from, to),
    from,
    to,
    line: lineAt(lines, from),
    lastLine: lineAt(lines, to),
  });
  return {
    statements: nodes.map(located),
    problem: problem === undefined ? undefined : { ...problem, line: lineAt(lines, problem.from) },
  };
}

/** The statement that a cursor is in; where it is in none, one that is on its line. */
export function statementAt(
  statements: readonly Located[],
  { line, offset }: { readonly line: number; readonly offset: number },
): Located | undefined {
  // Less than nothing inside of one.
  const distance = ({ from, to }: Located): number => (offset < from ? from - offset : offset - to);
  return statements
    .filter((one) => one.line <= line && line <= one.lastLine)
    .reduce<Located | undefined>(
      (best, one) => (best === undefined || distance(one) < distance(best) ? one : best),
      undefined,
    );
}

type Found = Omit<SyntaxProblem, 'line'>;

interface Reading {
  readonly nodes: readonly Node[];
  readonly problem: Found | undefined;
}

/** While somebody types, one statement is broken: the others are still there. More than this is no script. */
const mostRepairs = 50;

function read(text: string): Reading {
  const nodes: Node[] = [];
  let problem: Found | undefined;
  let from = 0;
  for (let tries = 0; tries < mostRepairs; tries++) {
    const part = readFrom(text, from);
    // One by one: of a huge file they are more than one call takes.
    for (const node of part.nodes) nodes.push(node);
    problem ??= part.problem;
    if (part.problem === undefined) break;
    let broken = Math.max(part.nodes.at(-1)?.end ?? 0, from);
    // A statement ends with a look at what is behind it: where that is broken, it would be lost too.
    const before = text.slice(0, part.problem.from);
    if (/\S[^\S\n]*\n\s*$/.test(before.slice(broken))) {
      const whole = readFrom(before, broken);
      if (whole.problem === undefined) {
        for (const node of whole.nodes) nodes.push(node);
        broken = before.length;
      }
    }
    // A bracket that is never closed is missed far behind it, so the search begins where the statement does.
    const next = anotherBeginning(text, broken);
    if (next === undefined) break;
    from = next;
  }
  return { nodes, problem };
}

/** A line behind this statement that begins at its left edge with a word, as statements do. */
function anotherBeginning(text: string, broken: number): number | undefined {
  const start = /[^\s;]/g;
  start.lastIndex = broken;
  const first = start.exec(text)?.index ?? text.length;
  const line = /\n(?=[\p{L}_$])/gu;
  line.lastIndex = first;
  const found = line.exec(text)?.index;
  return found === undefined ? undefined : found + 1;
}

const options: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowHashBang: true,
};

/** What acorn has for those that extend it, and does not declare. */
interface Extensible {
  parse(): unknown;
  parseStatement(context: unknown, isTop?: boolean, names?: unknown): Node;
}
const Base = Parser as unknown as new (options: Options, text: string, from: number) => Extensible;

function readFrom(text: string, from: number): Reading {
  const nodes: Node[] = [];
  class Reader extends Base {
    override parseStatement(context: unknown, isTop?: boolean, names?: unknown): Node {
      const node = super.parseStatement(context, isTop, names);
      if (isTop === true && node.type !== 'EmptyStatement') nodes.push(node);
      return node;
    }
  }
  try {
    new Reader(options, text, from).parse();
    return { nodes, problem: undefined };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { nodes, problem: problemOf(text, error) };
  }
}

const codes: readonly (readonly [RegExp, SyntaxCode])[] = [
  [/^Unterminated string/, 'openString'],
  [/^Unterminated template/, 'openTemplate'],
  [/^Unterminated regular/, 'openPattern'],
  [/^Unterminated comment/, 'openComment'],
  [/^Invalid regular/, 'badPattern'],
  [/^(?:Invalid number|Identifier directly after number|Expected number|Missing|Numeric)/, 'badNumber'],
  [/escape/i, 'badEscape'],
  [/^Identifier '.*' has already been declared/, 'nameTaken'],
  [/^'return' outside/, 'returnOutside'],
  [/^(?:Assigning to|Binding) /, 'notAssignable'],
  [/^(?:Unexpected|The keyword)/, 'unexpected'],
];

function problemOf(text: string, error: SyntaxError & { readonly pos?: number }): Found {
  const { message, pos: from = 0 } = error;
  const word = /\bawait\s+$/.exec(text.slice(Math.max(0, from - 40), from))?.[0];
  if (word !== undefined)
    return { code: 'awaitOutside', what: 'await', from: from - word.length, to: from - word.length + 5 };
  const code = codes.find(([pattern]) => pattern.test(message))?.[1] ?? 'other';
  if (code === 'unexpected' && text.slice(from).trim() === '')
    // Behind the last word, where it can be seen.
    return { code: 'unexpectedEnd', what: '', ...lastSign(text) };
  const line = text.indexOf('\n', from);
  const end = line === -1 ? text.length : line;
  const open = /^open(?:String|Template|Pattern|Comment)$/.test(code);
  const to = open ? end : wordEnd(text, from);
  return { code, what: text.slice(from, Math.min(to, from + 60)), from, to };
}

function wordEnd(text: string, from: number): number {
  const word = /[\p{L}\p{N}_$]+/uy;
  word.lastIndex = from;
  return from + (word.exec(text)?.[0].length ?? 1);
}

function lastSign(text: string): { readonly from: number; readonly to: number } {
  const to = text.trimEnd().length;
  return { from: Math.max(0, to - 1), to };
}

function linesOf(text: string): readonly number[] {
  const lines = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return lines;
}

function lineAt(lines: readonly number[], offset: number): number {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
