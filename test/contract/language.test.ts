import assert from 'node:assert/strict';
import { languageReference } from '../../build/language.ts';
import { helpOn, linkOf, methodOf } from '../../src/core/playground/language/reference.ts';
import type { OperatorSort, Reference } from '../../src/core/playground/language/reference.ts';

describe('what is known of the language', () => {
  let reference: Reference;
  before(async () => {
    reference = await languageReference();
  });
  const missing = (sort: OperatorSort, names: readonly string[]): readonly string[] =>
    names.filter((name) => helpOn(reference, { kind: 'operator', sort, name }) === undefined);

  it('has the methods that scripts are made of, with what they take and return', () => {
    const shapes = [
      'Database.getCollection',
      'Database.getSiblingDB',
      'Database.aggregate',
      'Collection.find',
      'Collection.updateMany',
      'Collection.aggregate',
      'Collection.explain',
      'Cursor.sort',
      'Cursor.toArray',
      'AggregationCursor.toArray',
      'Bulk.find',
      'BulkFindOp.updateOne',
      'Shard.shardCollection',
    ].map((path) => {
      const [of, name = ''] = path.split('.');
      const method = methodOf(reference, of, name);
      const takes = (method?.takes ?? []).map((names) => `(${names.join(', ')})`).join(' ');
      return `${path}${takes}${method?.returns === undefined ? '' : `: ${method.returns}`}`;
    });
    assert.deepEqual(shapes, [
      'Database.getCollection(coll): Collection',
      'Database.getSiblingDB(db): Database',
      'Database.aggregate(pipeline, options) (pipeline, options?) (...stages): AggregationCursor',
      'Collection.find(query?, projection?, options?): Cursor',
      'Collection.updateMany(filter, update, options?)',
      'Collection.aggregate(pipeline, options) (pipeline, options?) (...stages): AggregationCursor',
      'Collection.explain(verbosity?): Explainable',
      'Cursor.sort(spec): Cursor',
      'Cursor.toArray()',
      'AggregationCursor.toArray()',
      'Bulk.find(query): BulkFindOp',
      'BulkFindOp.updateOne(update): Bulk',
      'Shard.shardCollection(namespace, key, unique?, options?)',
    ]);
  });

  it('has for every method what it takes, and a line of help', () => {
    const poor = Object.entries(reference.classes).flatMap(([of, methods]) =>
      Object.entries(methods)
        .filter(([, { takes, text }]) => takes.length === 0 || text === '')
        .map(([name]) => `${of}.${name}`),
    );
    assert.deepEqual(poor, []);
  });

  it('has operators of each sort, each with a line and a link', () => {
    assert.deepEqual(missing('query', ['$eq', '$gt', '$in', '$elemMatch', '$exists', '$or', '$expr']), []);
    assert.deepEqual(missing('update', ['$set', '$unset', '$inc', '$push', '$pull', '$rename']), []);
    assert.deepEqual(missing('stage', ['$match', '$group', '$lookup', '$unwind', '$facet', '$merge']), []);
    assert.deepEqual(missing('accumulator', ['$sum', '$avg', '$push', '$first', '$topN']), []);
    assert.deepEqual(missing('expression', ['$cond', '$map', '$dateTrunc', '$concat', '$toInt']), []);
    assert.deepEqual(missing('variable', ['$$ROOT', '$$NOW', '$$REMOVE']), []);
    for (const [sort, operators] of Object.entries(reference.operators))
      for (const [name, help] of Object.entries(operators)) {
        assert.notEqual(help.text, '', `${sort} ${name}`);
        assert.ok(URL.canParse(linkOf(reference, help) ?? ''), `${sort} ${name}`);
      }
  });

  it('has the constructors of BSON, each with a line and what it takes', () => {
    for (const name of ['ObjectId', 'ISODate', 'NumberLong', 'NumberDecimal', 'UUID', 'BinData']) {
      const method = methodOf(reference, undefined, name);
      assert.ok(method !== undefined && method.text !== '' && method.takes.length === 1, name);
    }
  });

  it('has nothing that only Atlas serves', () => {
    assert.deepEqual(missing('stage', ['$search', '$vectorSearch', '$searchMeta']).length, 3);
    assert.equal(methodOf(reference, 'Collection', 'createSearchIndex'), undefined);
  });

  it('takes no name that every object has', () => {
    assert.equal(methodOf(reference, 'Collection', 'constructor'), undefined);
    assert.equal(methodOf(reference, undefined, 'toString'), undefined);
  });

  it('has at most 120 kB', () => {
    const { length } = JSON.stringify(reference);
    assert.ok(length <= 120_000, `${length} bytes`);
  });
});
