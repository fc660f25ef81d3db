import assert from 'node:assert/strict';
import { inRanges, sizeOf, without, withRange } from '../../src/webview/ranges.ts';
import { messageFrom } from '../../src/webview/resultsProtocol.ts';
import { RowWindow } from '../../src/webview/rowWindow.ts';
import type { FromView, ResultView, RowView } from '../../src/webview/resultsProtocol.ts';

describe('the page of results', () => {
  it('is heard where it says what it may say', () => {
    const spot = { row: 1, column: 'a', path: [0, 2] };
    const said: readonly FromView[] = [
      { kind: 'ready' },
      { kind: 'mode', mode: 'tree' },
      { kind: 'ejson', style: 'canonical' },
      { kind: 'select', id: 1 },
      { kind: 'json', id: 1 },
      { kind: 'sort', id: 1, column: '' },
      { kind: 'rows', id: 1, order: 1, from: 0, count: 100 },
      { kind: 'parts', id: 1, order: 1, spot, from: 0 },
      { kind: 'copyValue', id: 1, order: 1, spot: { ...spot, column: undefined } },
      {
        kind: 'copyTable',
        id: 1,
        order: 1,
        ranges: [
          [0, 0],
          [2, 5],
        ],
      },
      { kind: 'edit', id: 1, order: 1, row: 0 },
      { kind: 'chart', id: 1, wish: { x: 'a', y: undefined, of: 'count' } },
    ];
    for (const message of said) assert.deepEqual(messageFrom(message), message);
  });

  it('is not heard where it says anything else', () => {
    const rows = { kind: 'rows', id: 1, order: 1, from: 0, count: 100 };
    const copy = { kind: 'copyTable', id: 1, order: 1, ranges: [[0, 0]] };
    const parts = { kind: 'parts', id: 1, order: 1, spot: { row: 0, column: undefined, path: [] }, from: 0 };
    for (const said of [
      undefined,
      null,
      'ready',
      {},
      { kind: 'run' },
      { kind: 'mode', mode: 'map' },
      { kind: 'ejson', style: 'loose' },
      { kind: 'select' },
      { kind: 'select', id: '1' },
      { kind: 'sort', id: 1, column: 5 },
      { ...rows, count: 0 },
      { ...rows, count: 201 },
      { ...rows, from: -1 },
      { ...rows, order: 0.5 },
      { ...copy, ranges: [] },
      { ...copy, ranges: [[2, 1]] },
      {
        ...copy,
        ranges: [
          [0, 3],
          [3, 5],
        ],
      },
      { ...copy, ranges: [[0, 1, 2]] },
      { ...parts, spot: { row: 0, column: undefined, path: [-1] } },
      { ...parts, spot: { row: 0, column: 5, path: [] } },
      { ...parts, spot: null },
      { kind: 'edit', id: 1, order: 1 },
      { kind: 'chart', id: 1, wish: { x: 'a', y: 1, of: 'sum' } },
      { kind: 'chart', id: 1, wish: { x: 'a', y: 'b', of: 'median' } },
    ])
      assert.equal(messageFrom(said), undefined, JSON.stringify(said));
  });

  it('chooses rows as ranges', () => {
    const three = withRange(withRange(withRange([], 5, 7), 1, 2), 10, 10);
    assert.deepEqual(three, [
      [1, 2],
      [5, 7],
      [10, 10],
    ]);
    assert.deepEqual(withRange(three, 3, 4), [
      [1, 7],
      [10, 10],
    ]);
    assert.deepEqual(without(three, 6), [
      [1, 2],
      [5, 5],
      [7, 7],
      [10, 10],
    ]);
    assert.deepEqual(without(three, 10), [
      [1, 2],
      [5, 7],
    ]);
    assert.equal(sizeOf(three), 6);
    assert.deepEqual(
      [0, 1, 2, 3, 6, 10].map((place) => inRanges(three, place)),
      [false, true, true, false, true, true],
    );
  });

  it('asks for the rows it shows once, and keeps only those near them', () => {
    const asked: FromView[] = [];
    const window = new RowWindow((message) => asked.push(message));
    const columns: ResultView['columns'] = [];
    const result = { id: 1, order: 1, count: 100_000, columns } as unknown as ResultView;
    const row = (line: string): RowView => ({ cells: [], line, canEdit: false });
    const chunk = (from: number): readonly RowView[] =>
      Array.from({ length: 100 }, (_, at) => row(`${from + at}`));
    assert.equal(window.show(result), true);
    window.want(150, 220);
    window.want(160, 230);
    assert.deepEqual(
      asked.map((message) => ('from' in message ? message.from : undefined)),
      [100, 200],
    );
    assert.equal(window.of(150), undefined);
    assert.equal(window.take(1, 1, 0, 100, chunk(100)), true);
    assert.equal(window.of(150)?.line, '150');
    // What is about another order, or about other columns, is about other rows.
    assert.equal(window.take(1, 2, 0, 200, chunk(200)), false);
    assert.equal(window.take(1, 1, 1, 200, chunk(200)), false);
    // While three are on their way nothing is asked; then for what is seen by then.
    window.want(40_000, 40_050);
    window.want(50_000, 50_050);
    window.want(60_000, 60_050);
    assert.deepEqual(
      asked.map((message) => ('from' in message ? message.from : undefined)),
      [100, 200, 40_000, 50_000],
    );
    window.want(70_000, 70_050);
    window.take(1, 1, 0, 40_000, chunk(40_000));
    assert.deepEqual(asked.at(-1), { kind: 'rows', id: 1, order: 1, from: 70_000, count: 100 });
    assert.equal(asked.length, 5);
    for (let from = 1000; from < 9000; from += 100) window.take(1, 1, 0, from, chunk(from));
    assert.equal(window.of(150), undefined);
    assert.equal(window.of(8950)?.line, '8950');
    assert.equal(window.show({ ...result, count: 100_001 }), false);
    assert.equal(window.show({ ...result, order: 2 }), true);
    assert.equal(window.of(8950), undefined);
  });
});
