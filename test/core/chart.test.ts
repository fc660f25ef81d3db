import assert from 'node:assert/strict';
import mongodb from 'mongodb';
import { chartOf } from '../../src/core/playground/results/chart.ts';
import type { Chart, ChartOrder } from '../../src/core/playground/results/chart.ts';
import { Columns } from '../../src/core/playground/results/columns.ts';
import { readDocument } from '../../src/core/sessions/bson.ts';
import type { Doc } from '../../src/core/sessions/bson.ts';

const bson = mongodb.BSON;
const docs = (...all: readonly mongodb.Document[]): readonly Doc[] =>
  all.map((one) => readDocument(bson, bson.serialize(one)));
const drawn = (all: readonly Doc[], order: ChartOrder): Promise<Chart> =>
  chartOf(bson, all.length, (row, name) => all[row]?.get(name), order);
const points = ({ points }: Chart): readonly (readonly [string, number])[] =>
  points.map(({ label, value }) => [label, value]);

describe('a chart', () => {
  const orders = docs(
    { status: 'paid', total: 10, at: new Date('2026-01-02'), size: 3 },
    { status: 'open', total: 2.5, at: new Date('2026-01-01T10:00:00Z'), size: 1 },
    { status: 'paid', total: new bson.Decimal128('5.5'), at: new Date('2026-01-02'), size: 2 },
    { status: 'paid', total: 'much', size: 3 },
    { total: 7 },
  );

  it('puts together what is the same along the bottom', async () => {
    const sum = await drawn(orders, { x: 'status', y: 'total', of: 'sum' });
    assert.deepEqual(points(sum), [
      ['paid', 15.5],
      ['open', 2.5],
    ]);
    assert.deepEqual([sum.along, sum.left, sum.skipped], ['names', 0, 2]);
    const average = await drawn(orders, { x: 'status', y: 'total', of: 'average' });
    assert.deepEqual(points(average)[0], ['paid', 7.75]);
    const count = await drawn(orders, { x: 'status', y: undefined, of: 'count' });
    assert.deepEqual(points(count), [
      ['paid', 3],
      ['open', 1],
    ]);
    assert.equal(count.skipped, 1);
  });

  it('orders numbers and times, and leaves names as they came', async () => {
    const numbers = await drawn(orders, { x: 'size', y: undefined, of: 'count' });
    assert.equal(numbers.along, 'numbers');
    assert.deepEqual(
      numbers.points.map(({ at }) => at),
      [1, 2, 3],
    );
    const times = await drawn(orders, { x: 'at', y: 'total', of: 'sum' });
    assert.equal(times.along, 'times');
    assert.deepEqual(points(times), [
      ['2026-01-01T10:00:00', 2.5],
      ['2026-01-02', 15.5],
    ]);
  });

  it('is of names where not all are numbers', async () => {
    const mixed = docs({ x: 2, y: 1 }, { x: 'two', y: 1 }, { x: null, y: 1 }, { x: { a: 'DE', b: 7 }, y: 1 });
    const { along, points } = await drawn(mixed, { x: 'x', y: 'y', of: 'sum' });
    assert.equal(along, 'names');
    assert.deepEqual(
      points.map(({ label, at }) => [label, at]),
      [
        ['2', undefined],
        ['two', undefined],
        ['null', undefined],
        ['DE · 7', undefined],
      ],
    );
  });

  it('says what it leaves out of too many', async () => {
    const many = docs(...Array.from({ length: 1200 }, (_, x) => ({ x: `name ${x}` })));
    const { points, left } = await drawn(many, { x: 'x', y: undefined, of: 'count' });
    assert.deepEqual([points.length, left], [1000, 200]);
  });

  it('draws nothing that has no end', async () => {
    const all = docs({ x: 'a', y: Infinity }, { x: 'a', y: Number.NaN }, { x: 'a', y: 1 });
    const { points, skipped } = await drawn(all, { x: 'x', y: 'y', of: 'sum' });
    assert.deepEqual([points[0]?.value, skipped], [1, 2]);
  });
});

describe('columns', () => {
  it('come as they are found, the id first', () => {
    const columns = new Columns();
    const [one, other, same, id] = docs({ b: 1 }, { a: 'x', b: 2 }, { a: 'y' }, { c: 1, _id: 1 });
    assert.ok(one !== undefined && other !== undefined && same !== undefined && id !== undefined);
    assert.equal(columns.add(one), true);
    assert.equal(columns.add(other), true);
    assert.equal(columns.add(same), false);
    assert.deepEqual(columns.names, ['b', 'a']);
    assert.equal(columns.add(id), true);
    assert.deepEqual(columns.names, ['_id', 'b', 'a', 'c']);
    assert.deepEqual(
      columns.names.map((name) => columns.isNumeric(name)),
      [true, true, false, true],
    );
  });

  it('are no more than a table takes, and those beyond are counted', () => {
    const columns = new Columns();
    const wide = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`field ${at}`, at]));
    for (const document of docs(wide, wide)) columns.add(document);
    assert.deepEqual([columns.names.length, columns.left], [100, 30]);
  });

  it('know in which of them few words come again', () => {
    const columns = new Columns();
    const all = Array.from({ length: 40 }, (_, at) => ({
      status: at % 2 ? 'paid' : 'open',
      name: `n${at}`,
      at,
    }));
    for (const document of docs(...all)) columns.add(document);
    assert.deepEqual(
      ['status', 'name', 'at', 'missing'].filter((name) => columns.isKind(name)),
      ['status'],
    );
    const few = new Columns();
    for (const document of docs({ name: 'a' }, { name: 'b' }, { name: 'c' })) few.add(document);
    assert.equal(few.isKind('name'), false);
  });
});
