import assert from 'node:assert/strict';
import { deserialize, serialize } from 'bson';
import type { Document } from 'bson';
import { decode } from './bson/decode.ts';
import { encode } from './bson/encode.ts';
import type { Doc } from './bson/value.ts';
import { CommandError } from './commandError.ts';
import { compileExpression, scopeFor } from './expression/expression.ts';

/** A document of this gateway from a plain one, by way of the public library's bytes. */
export function docOf(document: Document): Doc {
  return decode(Buffer.from(serialize(document)));
}

/** A plain document from one of this gateway's. */
export function plainOf(doc: Doc): Document {
  return deserialize(encode(doc));
}

/** The code that something fails with. */
export function refusalOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof CommandError, String(error));
    return error.code;
  }
  return assert.fail('it should have failed');
}

/** Evaluates an expression over a document, numbers as they are; `undefined` is no value. */
export function evaluate(expression: unknown, document: Document = {}): unknown {
  const compiled = compileExpression(docOf({ e: expression }).get('e') ?? null);
  const value = compiled(scopeFor(docOf(document)));
  if (value === undefined) return undefined;
  return deserialize(encode({ v: value }), { promoteValues: false, promoteLongs: false })['v'];
}

/** The same with numbers promoted. */
export function evaluatePlainly(expression: unknown, document: Document = {}): unknown {
  return deserialize(serialize({ v: evaluate(expression, document) }))['v'];
}

/** Expressions, and what each comes to. */
export function checkAll(table: readonly (readonly [unknown, unknown])[], document: Document = {}): void {
  for (const [expression, expected] of table) {
    assert.deepEqual(evaluatePlainly(expression, document), expected, JSON.stringify(expression));
  }
}
