import assert from 'node:assert/strict';
import {
  Binary,
  BSONRegExp,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import { schemaOf } from '../../src/core/sessions/schema.ts';
import type { Field } from '../../src/core/sessions/schema.ts';

function line({ name, types, items, share, fields }: Field): string {
  const below = fields.length === 0 ? '' : ` { ${fields.map(line).join('; ')} }`;
  return `${name}: ${types.join('|')}${items.length === 0 ? '' : `[${items.join('|')}]`} ${share}${below}`;
}

const lines = (...documents: readonly object[]): readonly string[] => schemaOf(documents).map(line);

describe('a schema', () => {
  it('has each field where documents mostly have it, whichever comes first, with its share', () => {
    const documents = [
      { b: 'x', c: true, d: 'z' },
      { b: 'y', d: 'z' },
      { b: 'z', d: 'z' },
    ];
    const wanted = ['b: string 1', `c: bool ${1 / 3}`, 'd: string 1'];
    assert.deepEqual(lines(...documents), wanted);
    assert.deepEqual(lines(...documents.toReversed()), wanted);
  });

  it('names every type of BSON as the server does, the most frequent first', () => {
    const types: readonly (readonly [unknown, string])[] = [
      ['x', 'string'],
      [true, 'bool'],
      [null, 'null'],
      [undefined, 'undefined'],
      [new Date(0), 'date'],
      [new Double(1), 'double'],
      [new Int32(1), 'int'],
      [Long.fromNumber(1), 'long'],
      [Decimal128.fromString('1'), 'decimal'],
      [new ObjectId(), 'objectId'],
      [new UUID(), 'binData'],
      [new Binary(Buffer.from('x')), 'binData'],
      [new BSONRegExp('x'), 'regex'],
      [new Timestamp({ t: 1, i: 1 }), 'timestamp'],
      [new MinKey(), 'minKey'],
      [new MaxKey(), 'maxKey'],
      [new Code('x'), 'javascript'],
      [new DBRef('x', new ObjectId()), 'dbRef'],
      [{}, 'object'],
      [[], 'array'],
      [1, 'double'],
      [1n, 'long'],
    ];
    for (const [value, name] of types) assert.deepEqual(lines({ a: value }), [`a: ${name} 1`], name);
    assert.deepEqual(lines({ a: null }, { a: 'x' }, { a: 'y' }), ['a: string|null 1']);
  });

  it('looks into objects and into lists of them, each share being that of the objects around', () => {
    assert.deepEqual(lines({ a: { b: 'x' } }, { a: { b: 'y', c: 'z' } }, {}), [
      `a: object ${2 / 3} { b: string 1; c: string 0.5 }`,
    ]);
    assert.deepEqual(lines({ a: [{ b: 'x' }, { b: 'y' }, 'plain', null] }), [
      'a: array[object|string|null] 1 { b: string 1 }',
    ]);
  });

  it('has an end, however deep documents go', () => {
    let deep: object = {};
    for (let level = 0; level < 100; level++) deep = { a: deep };
    let depth = 0;
    for (let fields = schemaOf([deep]); fields[0] !== undefined; fields = fields[0].fields) depth++;
    assert.equal(depth, 8);
  });

  it('of nothing is nothing', () => {
    assert.deepEqual(schemaOf([]), []);
    assert.deepEqual(lines({}), []);
  });
});
