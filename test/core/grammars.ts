import { createRequire } from 'node:module';
import treeSitter from '@vscode/tree-sitter-wasm';
import type { Node, Parser } from '@vscode/tree-sitter-wasm';

/** The languages whose grammars are at hand, as the package names them. */
export type Grammar = 'javascript' | 'python' | 'c-sharp' | 'java' | 'go' | 'rust' | 'bash';

/** A program as its language's own grammar reads it. */
export interface Reading {
  /** What the grammar could make nothing of, and what it missed. */
  readonly problems: readonly string[];
  /** The kinds of all that it is made of, in order; what a text or a comment says is no part of it. */
  readonly structure: readonly string[];
  /** The texts in it, as they are meant. */
  readonly texts: readonly string[];
  readonly comments: readonly string[];
  /** Where its brackets are. */
  readonly brackets: readonly number[];
}

export type Reader = (program: string) => Reading;

const files = createRequire(import.meta.url);
let ready: Promise<void> | undefined;

export async function readerOf(grammar: Grammar): Promise<Reader> {
  await (ready ??= treeSitter.Parser.init());
  const file = files.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`);
  const parser = new treeSitter.Parser();
  parser.setLanguage(await treeSitter.Language.load(file));
  return (program) => read(parser, program);
}

const literals = /^(string|string_literal|interpreted_string_literal|raw_string)$/;
const comments = /comment/;

function read(parser: Parser, program: string): Reading {
  const tree = parser.parse(program);
  if (tree === null) throw new Error('the grammar gave up');
  const problems: string[] = [];
  const structure: string[] = [];
  const texts: string[] = [];
  const said: string[] = [];
  const brackets: number[] = [];
  const visit = (node: Node): void => {
    const { type, text } = node;
    if (node.isError || node.isMissing) problems.push(`${node.startPosition.row + 1}: ${node.toString()}`);
    structure.push(type);
    if (/^[()[\]{}]$/.test(type)) brackets.push(node.startIndex);
    if (comments.test(type)) said.push(text);
    else if (literals.test(type) && !hasHoles(node)) texts.push(meaning(node));
    else for (const child of node.children) if (child !== null) visit(child);
  };
  visit(tree.rootNode);
  tree.delete();
  return { problems, structure, texts, comments: said, brackets };
}

function hasHoles(node: Node): boolean {
  return node.children.some((child) => child !== null && /interpolation|substitution/.test(child.type));
}

/** What stands between the quotes, its escapes read: those that the grammar takes for some, and no other. */
function meaning(node: Node): string {
  const escapes = node
    .descendantsOfType('escape_sequence')
    .filter((escape) => escape !== null)
    .map(({ startIndex, endIndex, text }) => ({ start: startIndex, end: endIndex, text }));
  let meant = '';
  let place = node.startIndex + 1;
  for (const { start, end, text } of escapes) {
    meant += plain(node, place, start) + unescaped(text);
    place = end;
  }
  return meant + plain(node, place, node.endIndex - 1);
}

function plain(node: Node, start: number, end: number): string {
  const text = node.text.slice(start - node.startIndex, end - node.startIndex);
  if (text.includes('\\')) throw new Error(`no escape of this language: ${text}`);
  return text;
}

function unescaped(text: string): string {
  const [, braced, long, short, octal, itself] =
    /^\\(?:u\{([\da-f]{1,6})\}|U([\da-f]{8})|u([\da-f]{4})|([0-3][0-7]{2})|(["\\]))$/.exec(text) ?? [];
  if (itself !== undefined) return itself;
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
  if (short !== undefined) return String.fromCharCode(Number.parseInt(short, 16));
  const code = braced ?? long;
  if (code === undefined) throw new Error(`an escape of no language here: ${text}`);
  return String.fromCodePoint(Number.parseInt(code, 16));
}
