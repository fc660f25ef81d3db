import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { EJSON, deserialize } from 'bson';
import type { Runner } from '../../src/core/playground/runner.ts';
import type { Target, Value } from '../../src/core/playground/run.ts';
import { databaseOf, programOf } from './script.ts';
import type { Answer, Question } from './script.ts';

/** What a playground came to, to be held against an answer of mongosh. */
export interface Came extends Answer {
  readonly shown: Value;
}

/** Runs a question as one statement. */
export async function runInPlayground(
  runner: Runner,
  target: Target,
  question: Question,
  index: number,
): Promise<Came> {
  const text = programOf(question, index);
  const statement = { text, line: 0, lastLine: text.split('\n').length - 1 };
  const run = await runner.start({ ...target, database: databaseOf(index) }, [statement], {
    isProtected: false,
    file: '/scripts.mongodb.js',
  });
  const { value: shown, printed, problem } = run.outcomes[0] ?? assert.fail('nothing came');
  const failure = problem?.failure;
  return {
    shown,
    value: undefined,
    printed: printed.flatMap((text) => text.split('\n')),
    code: failure?.code === 'database' ? failure.serverCode : undefined,
    failure: failure && JSON.stringify(failure),
  };
}

/** What mongosh prints, made of what a playground shows in answer to the same question. */
export function asMongosh(shown: Value, mongosh: unknown): unknown {
  switch (shown.kind) {
    case 'nothing':
      return undefined;
    case 'text':
      return shown.text;
    case 'value':
      return rowsOf(shown)[0]?.['value'];
    case 'documents': {
      const rows = rowsOf(shown);
      if (Array.isArray(mongosh)) return rows.map((row, at) => elementOf(row, mongosh[at]));
      if (!isPage(mongosh)) return rows[0];
      // A playground's page is longer.
      const documents = rows.slice(0, mongosh.documents.length);
      return { cursorHasMore: shown.hasMore || rows.length > documents.length, documents };
    }
  }
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf({ rows }: Extract<Value, { readonly kind: 'value' | 'documents' }>): readonly Row[] {
  return Array.from({ length: rows.count }, (_, index) => {
    const document = deserialize(rows.bytes(index), { promoteValues: false, bsonRegExp: true });
    return JSON.parse(EJSON.stringify(document, undefined, undefined, { relaxed: false })) as Row;
  });
}

/** What is no document is the field of one. */
function elementOf(row: Row, mongosh: unknown): unknown {
  const isOne = typeof mongosh === 'object' && mongosh !== null && !Array.isArray(mongosh);
  return isOne && !Object.keys(mongosh)[0]?.startsWith('$') ? row : row['value'];
}

function isPage(value: unknown): value is { readonly documents: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'cursorHasMore' in value && 'documents' in value;
}

/**
 * Whether a playground says what mongosh says. It may say more: mongosh makes numbers of JavaScript of doubles and
 * texts of symbols when it reads them, and cannot tell what they were.
 */
export function isSame(playground: unknown, mongosh: unknown): boolean {
  return isDeepStrictEqual(playground, mongosh) || isDeepStrictEqual(asRead(playground), mongosh);
}

function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null) return value;
  if ('$symbol' in value) return value.$symbol;
  if ('$numberDouble' in value) {
    const number = Number(value.$numberDouble);
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) return value;
    return Math.abs(number) < 2 ** 31 ? { $numberInt: `${number}` } : { $numberLong: `${number}` };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asRead(item)]));
}
