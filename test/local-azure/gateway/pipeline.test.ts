import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long } from 'mongodb';
import type { Db, Document } from 'mongodb';
import { Trial, codeOf, people } from './trial.ts';

interface Loose {
  _id: number | string;
  [name: string]: unknown;
}

describe('the gateway: pipelines', () => {
  let trial: Trial;
  let shop: Db;
  before(async () => {
    trial = await Trial.start();
    shop = trial.as(people.admin).db('shop');
    await shop.collection<Loose>('orders').insertMany([
      {
        _id: 1,
        who: 'kai',
        total: Decimal128.fromString('10.50'),
        lines: [
          { sku: 'a', n: 2 },
          { sku: 'b', n: 1 },
        ],
      },
      { _id: 2, who: 'noor', total: Decimal128.fromString('5.25'), lines: [{ sku: 'a', n: 1 }] },
      { _id: 3, who: 'kai', total: Decimal128.fromString('1.25'), lines: [] },
      { _id: 4, who: 'mira', total: null },
    ]);
    await shop.collection<Loose>('wares').insertMany([
      { _id: 'a', name: 'Lamp', parent: null },
      { _id: 'b', name: 'Shelf', parent: 'a' },
      { _id: 'c', name: 'Rug', parent: 'b' },
    ]);
    await shop
      .collection<Loose>('numbers')
      .insertMany(Array.from({ length: 10 }, (_, n) => ({ _id: n, n: n * 10 })));
  });
  after(() => trial.stop());

  const run = (name: string, stages: Document[], options = {}): Promise<Document[]> =>
    shop.collection(name).aggregate(stages, options).toArray();

  it('group, and keep decimals decimal', async () => {
    const groups = await run(
      'orders',
      [
        {
          $group: {
            _id: '$who',
            sum: { $sum: '$total' },
            avg: { $avg: '$total' },
            count: { $sum: 1 },
            n: { $count: {} },
          },
        },
        { $sort: { _id: 1 } },
      ],
      { promoteValues: false },
    );
    assert.deepEqual(groups, [
      {
        _id: 'kai',
        sum: Decimal128.fromString('11.75'),
        avg: Decimal128.fromString('5.875'),
        count: new Int32(2),
        n: new Int32(2),
      },
      { _id: 'mira', sum: new Int32(0), avg: null, count: new Int32(1), n: new Int32(1) },
      {
        _id: 'noor',
        sum: Decimal128.fromString('5.25'),
        avg: Decimal128.fromString('5.25'),
        count: new Int32(1),
        n: new Int32(1),
      },
    ]);
  });

  it('group by what compares equal, and by nothing', async () => {
    const mixed = shop.collection('mixed');
    await mixed.insertMany([
      { k: 1 },
      { k: new Double(1.5) },
      { k: Long.fromNumber(1) },
      { k: Decimal128.fromString('1.50') },
      { k: null },
      {},
    ]);
    const groups = await run('mixed', [
      { $group: { _id: '$k', n: { $sum: 1 } } },
      { $sort: { n: 1, _id: 1 } },
    ]);
    assert.deepEqual(
      groups.map(({ n }) => n),
      [2, 2, 2],
    );
  });

  it('gather what a group has', async () => {
    const [group] = await run('numbers', [
      { $sort: { n: -1 } },
      {
        $group: {
          _id: null,
          first: { $first: '$n' },
          last: { $last: '$n' },
          min: { $min: '$n' },
          max: { $max: '$n' },
          all: { $push: { $mod: ['$_id', 2] } },
          kinds: { $addToSet: { $mod: ['$_id', 2] } },
          dev: { $stdDevPop: '$_id' },
          firstTwo: { $firstN: { input: '$n', n: 2 } },
          least: { $minN: { input: '$n', n: 2 } },
          best: { $top: { sortBy: { n: -1 }, output: '$_id' } },
          worst: { $bottomN: { n: 2, sortBy: { n: -1 }, output: ['$_id', '$n'] } },
          merged: { $mergeObjects: { x: '$_id' } },
        },
      },
    ]);
    assert.deepEqual(group, {
      _id: null,
      first: 90,
      last: 0,
      min: 0,
      max: 90,
      all: [1, 0, 1, 0, 1, 0, 1, 0, 1, 0],
      kinds: [1, 0],
      dev: Math.sqrt(8.25),
      firstTwo: [90, 80],
      least: [0, 10],
      best: 9,
      worst: [
        [1, 10],
        [0, 0],
      ],
      merged: { x: 0 },
    });
  });

  it('unwind', async () => {
    const counts = await run('orders', [
      { $unwind: '$lines' },
      { $group: { _id: '$lines.sku', n: { $sum: '$lines.n' } } },
      { $sort: { _id: 1 } },
    ]);
    assert.deepEqual(counts, [
      { _id: 'a', n: 3 },
      { _id: 'b', n: 1 },
    ]);
    const kept = await run('orders', [
      { $unwind: { path: '$lines', includeArrayIndex: 'at', preserveNullAndEmptyArrays: true } },
      { $project: { at: 1, sku: '$lines.sku' } },
    ]);
    assert.deepEqual(kept, [
      { _id: 1, at: 0, sku: 'a' },
      { _id: 1, at: 1, sku: 'b' },
      { _id: 2, at: 0, sku: 'a' },
      { _id: 3, at: null },
      { _id: 4, at: null },
    ]);
  });

  it('shape documents', async () => {
    assert.deepEqual(
      await run('wares', [
        { $match: { _id: 'b' } },
        { $addFields: { 'tags.x': 1, name: { $toUpper: '$name' } } },
      ]),
      [{ _id: 'b', name: 'SHELF', parent: 'a', tags: { x: 1 } }],
    );
    assert.deepEqual(
      await run('wares', [{ $limit: 1 }, { $set: { parent: '$$REMOVE' } }, { $unset: ['name'] }]),
      [{ _id: 'a' }],
    );
    assert.deepEqual(
      await run('orders', [{ $limit: 1 }, { $replaceRoot: { newRoot: { $first: '$lines' } } }]),
      [{ sku: 'a', n: 2 }],
    );
    assert.deepEqual(await run('orders', [{ $limit: 1 }, { $replaceWith: { w: '$who' } }]), [{ w: 'kai' }]);
    assert.deepEqual(await run('orders', [{ $limit: 1 }, { $project: { 'lines.n': 0, total: 0 } }]), [
      { _id: 1, who: 'kai', lines: [{ sku: 'a' }, { sku: 'b' }] },
    ]);
    assert.equal(await codeOf(run('orders', [{ $project: {} }])), 51_272);
    assert.equal(await codeOf(run('orders', [{ $replaceRoot: { newRoot: '$who' } }])), 40_228);
  });

  it('sort, skip, limit, count and sample', async () => {
    assert.deepEqual(
      await run('numbers', [{ $sort: { n: -1 } }, { $skip: 1 }, { $limit: 2 }, { $project: { _id: 1 } }]),
      [{ _id: 8 }, { _id: 7 }],
    );
    assert.deepEqual(await run('numbers', [{ $match: { n: { $gte: 50 } } }, { $count: 'many' }]), [
      { many: 5 },
    ]);
    assert.deepEqual(await run('numbers', [{ $match: { n: -1 } }, { $count: 'many' }]), []);
    assert.equal((await run('numbers', [{ $sample: { size: 3 } }])).length, 3);
    assert.deepEqual(await run('orders', [{ $sortByCount: '$who' }, { $limit: 1 }]), [
      { _id: 'kai', count: 2 },
    ]);
  });

  it('join by fields', async () => {
    const joined = await run('orders', [
      { $lookup: { from: 'wares', localField: 'lines.sku', foreignField: '_id', as: 'wares' } },
      { $project: { names: '$wares.name' } },
    ]);
    assert.deepEqual(joined, [
      { _id: 1, names: ['Lamp', 'Shelf'] },
      { _id: 2, names: ['Lamp'] },
      { _id: 3, names: [] },
      { _id: 4, names: [] },
    ]);
    const nulls = await run('orders', [
      { $lookup: { from: 'wares', localField: 'none', foreignField: 'parent', as: 'roots' } },
      { $limit: 1 },
    ]);
    assert.deepEqual(
      nulls[0]?.['roots'].map(({ _id }: Document) => _id),
      ['a'],
    );
  });

  it('join by a pipeline of its own', async () => {
    const joined = await run('wares', [
      { $match: { _id: 'a' } },
      {
        $lookup: {
          from: 'orders',
          let: { sku: '$_id' },
          pipeline: [
            { $match: { $expr: { $in: ['$$sku', { $ifNull: ['$lines.sku', []] }] } } },
            { $project: { who: 1, _id: 0 } },
          ],
          as: 'buyers.list',
        },
      },
    ]);
    assert.deepEqual(joined, [
      { _id: 'a', name: 'Lamp', parent: null, buyers: { list: [{ who: 'kai' }, { who: 'noor' }] } },
    ]);
  });

  it('follow a graph', async () => {
    const [found] = await run('wares', [
      { $match: { _id: 'c' } },
      {
        $graphLookup: {
          from: 'wares',
          startWith: '$parent',
          connectFromField: 'parent',
          connectToField: '_id',
          as: 'above',
          depthField: 'level',
        },
      },
    ]);
    assert.deepEqual(
      found?.['above'].map(({ _id, level }: Document) => [_id, level]),
      [
        ['b', 0],
        ['a', 1],
      ],
    );
  });

  it('unite, split and bucket', async () => {
    assert.equal(
      (await run('wares', [{ $unionWith: { coll: 'orders', pipeline: [{ $match: { who: 'kai' } }] } }]))
        .length,
      5,
    );
    const facets = await run('numbers', [
      { $facet: { few: [{ $limit: 1 }], sum: [{ $group: { _id: null, s: { $sum: '$n' } } }] } },
    ]);
    assert.deepEqual(facets, [{ few: [{ _id: 0, n: 0 }], sum: [{ _id: null, s: 450 }] }]);
    const buckets = await run('numbers', [
      { $bucket: { groupBy: '$n', boundaries: [0, 30, 60], default: 'more' } },
    ]);
    assert.deepEqual(buckets, [
      { _id: 0, count: 3 },
      { _id: 30, count: 3 },
      { _id: 'more', count: 4 },
    ]);
    const auto = await run('numbers', [{ $bucketAuto: { groupBy: '$n', buckets: 3 } }]);
    assert.deepEqual(
      auto.map(({ count }) => count),
      [3, 3, 4],
    );
    assert.deepEqual(auto[0]?.['_id'], { min: 0, max: 30 });
    const made = await shop.aggregate([{ $documents: [{ x: 1 }, { x: 2 }] }, { $match: { x: 2 } }]).toArray();
    assert.deepEqual(made, [{ x: 2 }]);
  });
});
