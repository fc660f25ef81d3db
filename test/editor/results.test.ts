import assert from 'node:assert/strict';
import mongodb from 'mongodb';
import * as vscode from 'vscode';
import { Rows } from '../../src/core/playground/rows.ts';
import type { Outcome, Results, Run } from '../../src/core/playground/run.ts';
import { bytesOf } from '../../src/core/sessions/bson.ts';
import { documentOf } from '../../src/core/sessions/ejson.ts';
import { openResultsView, ResultsView } from '../../src/editor/playground/resultsView.ts';
import { fileScheme } from '../../src/editor/documents/virtualFiles.ts';
import type { FromView, ResultView, ToView } from '../../src/webview/resultsProtocol.ts';
import { memory } from '../core/effort.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';

const bson = mongodb.BSON;
const hostile = '<img src=x onerror="document.title=`hit`">';

/** One value of every kind that a driver writes. */
const kinds: mongodb.Document = {
  _id: new bson.ObjectId('65f1a1b2c3d4e5f607182930'),
  double: new bson.Double(1),
  fraction: new bson.Double(0.1),
  nothing: new bson.Double(Number.NaN),
  int: new bson.Int32(-5),
  long: bson.Long.fromString('9007199254740993'),
  decimal: bson.Decimal128.fromString('1.50'),
  text: hostile,
  null: null,
  yes: true,
  date: new Date('2026-02-03T04:05:06.007Z'),
  early: new Date(-62_135_596_800_000),
  binary: new bson.Binary(Buffer.from('abc'), 5),
  uuid: new bson.UUID('123e4567-e89b-12d3-a456-426614174000'),
  time: new bson.Timestamp({ t: 7, i: 8 }),
  least: new bson.MinKey(),
  most: new bson.MaxKey(),
  code: new bson.Code('function () { return 1 }'),
  scoped: new bson.Code('x', { x: new bson.Int32(1) }),
  pattern: new bson.BSONRegExp('a+', 'i'),
  symbol: new bson.BSONSymbol('sign'),
  list: [new bson.Int32(1), [new bson.Int32(2), { deep: new bson.Int32(3) }]],
  inner: { a: { b: { c: new bson.Int32(4) } } },
};

function rowsOf(...documents: readonly mongodb.Document[]): Rows {
  const rows = new Rows();
  for (const document of documents) rows.add(bson.serialize(document));
  return rows;
}

const outcome = (id: number, text: string, rest: Partial<Outcome> = {}): Outcome => ({
  id,
  statement: { text, line: id, lastLine: id },
  state: 'done',
  took: 84,
  value: { kind: 'nothing' },
  printed: [],
  problem: undefined,
  ...rest,
});
const place = { database: 'shop', collection: 'orders' } as never;
const documents = (rows: Rows, hasMore = false): Outcome['value'] => ({
  kind: 'documents',
  rows,
  place,
  hasMore,
});

/** Results as a runner has them, whose database is here. */
class Played implements Results {
  run: Run | undefined;
  /** What is still in the database. */
  left: mongodb.Document[] = [];
  asked: number[] = [];
  /** Nothing comes before this does. */
  gate = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  show(outcomes: readonly Outcome[], state: Run['state'] = 'done', startedAt = 1): void {
    this.run = { target: undefined as never, startedAt, state, outcomes };
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async more(id: number, count: number, signal: AbortSignal): Promise<void> {
    this.asked.push(count);
    await Promise.race([
      this.gate,
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    ]);
    const outcomes = this.run?.outcomes ?? [];
    const value = outcomes.find((one) => one.id === id)?.value;
    if (value?.kind !== 'documents') return;
    for (const document of this.left.splice(0, count)) value.rows.add(bson.serialize(document));
    this.show(
      outcomes.map((one) =>
        one.id === id ? { ...one, value: { ...value, hasMore: this.left.length > 0 } } : one,
      ),
    );
  }

  async *stream(): AsyncIterable<Uint8Array> {
    // Whoever shows results does not export them.
  }
}

describe('the results of a playground', () => {
  const scene = onScene();
  const open: ResultsView[] = [];
  const called: (readonly unknown[])[] = [];
  let played: Played;
  let posted: ToView[];

  beforeEach(() => {
    called.length = 0;
    posted = [];
    played = new Played();
  });
  afterEach(async () => {
    for (const view of open.splice(0)) view.dispose();
    for (const document of vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === fileScheme)) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    }
  });

  const surroundings = (): Parameters<typeof openResultsView>[0] => ({
    results: played,
    title: 'orders.mongodb.js',
    column: vscode.ViewColumn.Beside,
    folder: vscode.Uri.joinPath(scene.context.extensionUri, 'dist', 'webview'),
    files: scene.app.collections.files,
    log: scene.app.log,
    handlers: {
      goTo: (line) => called.push(['goTo', line]),
      stop: () => called.push(['stop']),
      export: (id) => called.push(['export', id]),
      edit: async (id, row) => void called.push(['edit', id, row]),
      closed: () => called.push(['closed']),
    },
  });
  /** A view whose page is this test. */
  const shown = async (...outcomes: readonly Outcome[]): Promise<ResultsView> => {
    played.show(outcomes);
    const panel = vscode.window.createWebviewPanel('cosmosEntra.results', '', vscode.ViewColumn.One);
    const { webview } = panel;
    const view = new ResultsView(
      {
        webview: {
          get cspSource() {
            return webview.cspSource;
          },
          asWebviewUri: (uri: vscode.Uri) => webview.asWebviewUri(uri),
          onDidReceiveMessage: () => ({ dispose: () => undefined }),
          postMessage: async (message: ToView) => posted.push(message) > 0,
        },
        onDidDispose: (listener: () => void) => panel.onDidDispose(listener),
        dispose: () => panel.dispose(),
        viewColumn: vscode.ViewColumn.One,
      } as unknown as vscode.WebviewPanel,
      surroundings(),
    );
    open.push(view);
    await view.hear({ kind: 'ready' });
    return view;
  };
  const result = ({ view }: ResultsView): ResultView => view.result ?? assert.fail();
  /** What the page is answered to this. */
  const answer = async <Kind extends ToView['kind']>(
    view: ResultsView,
    message: FromView,
    kind: Kind,
  ): Promise<Extract<ToView, { kind: Kind }>> => {
    posted.length = 0;
    await view.hear(message);
    const said = posted.find((one) => one.kind === kind);
    assert.ok(said !== undefined, `no ${kind} among ${posted.map((one) => one.kind).join()}`);
    return said as Extract<ToView, { kind: Kind }>;
  };
  const cells = async (
    view: ResultsView,
    column: string,
    from = 0,
  ): Promise<readonly (string | undefined)[]> => {
    const { id, order } = result(view);
    const { rows } = await answer(view, { kind: 'rows', id, order, from, count: 100 }, 'rows');
    const at = result(view).columns.findIndex(({ name }) => name === column);
    return rows.map((row) => row.cells[at]?.text);
  };

  it('are a list of statements with how each ended', async () => {
    const view = await shown(
      outcome(1, "use('shop')", { value: { kind: 'text', text: 'switched to db shop' } }),
      outcome(2, 'db.orders.find({\n  a: 1\n})', { value: documents(rowsOf({ _id: 1 }, { _id: 2 }), true) }),
      outcome(3, 'db.orders.countDocuments()', {
        value: { kind: 'value', rows: rowsOf({ value: 160 }) },
        took: 4.25,
      }),
      outcome(4, "print('a')", { printed: ['a', 'b'], took: 61_000 }),
      outcome(5, 'sleep(1)', { state: 'stopped', took: 1500 }),
    );
    assert.deepEqual(
      view.view.statements.map(({ state, text, about }) => [state, text, about]),
      [
        ['done', "use('shop')", 'text · 84 ms'],
        ['done', 'db.orders.find({', '2 documents and more · 28 B · 84 ms'],
        ['done', 'db.orders.countDocuments()', '160 · 4.3 ms'],
        ['done', "print('a')", 'no result · 1 min'],
        ['stopped', 'sleep(1)', 'stopped · 1.5 s'],
      ],
    );
    // The last one that came to something.
    assert.equal(result(view).id, 3);
    await view.hear({ kind: 'select', id: 1 });
    assert.equal(result(view).text, 'switched to db shop');
    await view.hear({ kind: 'select', id: 4 });
    assert.equal(result(view).printed, 'a\nb');
    assert.equal(result(view).notice, undefined);
    await view.hear({ kind: 'select', id: 5 });
    assert.match(result(view).notice?.text ?? '', /^You stopped this\./);
  });

  it('show the first batch while they run, and stay where somebody looked', async () => {
    const view = await shown(outcome(1, 'one', { state: 'running', took: undefined }));
    assert.equal(result(view).busy, 'loading');
    await view.hear({ kind: 'stop', id: 1 });
    assert.deepEqual(called, [['stop']]);
    const rows = rowsOf({ _id: 1 });
    played.show(
      [outcome(1, 'one', { state: 'running', took: undefined, value: documents(rows, true) })],
      'running',
    );
    await eventually(() =>
      assert.ok(posted.some((one) => one.kind === 'show' && one.view.result?.count === 1)),
    );
    assert.deepEqual(await cells(view, '_id'), ['1']);
    played.show([
      outcome(1, 'one', { value: documents(rows) }),
      outcome(2, 'two', { value: documents(rows) }),
    ]);
    assert.equal(result(view).id, 2);
    await view.hear({ kind: 'select', id: 1 });
    played.show([...(played.run?.outcomes ?? []), outcome(3, 'three', { value: documents(rows) })]);
    assert.equal(result(view).id, 1);
    // Another run begins with nothing chosen.
    played.show([outcome(4, 'four'), outcome(5, 'five', { value: documents(rows) })], 'done', 2);
    assert.equal(result(view).id, 5);
    await view.hear({ kind: 'select', id: 4 });
    assert.equal(result(view).notice?.text, 'Done. No result.');
  });

  it('say why one failed, and lead to its line', async () => {
    const failure = {
      code: 'database',
      serverCode: 11_000,
      name: 'DuplicateKey',
      message: 'E11000 dup key',
    } as const;
    const view = await shown(
      outcome(1, 'one', { value: documents(rowsOf({ _id: 1 })) }),
      outcome(2, 'two', { state: 'failed', problem: { failure, line: 6 } }),
    );
    assert.equal(result(view).id, 2);
    const { text, isError, button } = result(view).notice ?? assert.fail();
    assert.match(text, /^Line 7: Another document has the same value .*\n\nE11000 dup key$/s);
    assert.deepEqual([isError, button], [true, 'Go to Line']);
    await view.hear({ kind: 'goTo', id: 2 });
    assert.deepEqual(called, [['goTo', 6]]);
  });

  it('are a table of every kind of value', async () => {
    const view = await shown(outcome(1, 'find', { value: documents(rowsOf(kinds, { other: 1 })) }));
    const { columns, order, mode, modes } = result(view);
    assert.deepEqual([mode, modes], ['table', ['table', 'tree', 'chart']]);
    assert.deepEqual(
      columns.map(({ name }) => name),
      [...Object.keys(kinds), 'other'],
    );
    const { rows } = await answer(view, { kind: 'rows', id: 1, order, from: 0, count: 100 }, 'rows');
    const [first, second] = rows;
    const seen = Object.fromEntries(
      columns.map(({ name }, at) => [name, [first?.cells[at]?.text, first?.cells[at]?.type]]),
    );
    assert.deepEqual(seen, {
      _id: ['65f1a1b2c3d4e5f607182930', 'ObjectId'],
      double: ['1', 'Double'],
      fraction: ['0.1', 'Double'],
      nothing: ['NaN', 'Double'],
      int: ['-5', 'Int32'],
      long: ['9007199254740993', 'Long'],
      decimal: ['1.50', 'Decimal128'],
      text: [hostile, ''],
      null: ['null', ''],
      yes: ['true', ''],
      date: ['2026-02-03T04:05:06.007Z', 'Date'],
      early: ['0001-01-01T00:00:00Z', 'Date'],
      binary: ['3 bytes', 'Binary'],
      uuid: ['123e4567-e89b-12d3-a456-426614174000', 'UUID'],
      time: ['7, 8', 'Timestamp'],
      least: ['MinKey', ''],
      most: ['MaxKey', ''],
      code: ['function () { return 1 }', 'Code'],
      scoped: ['x', 'Code'],
      pattern: ['/a+/i', 'Regex'],
      symbol: ['sign', 'Symbol'],
      list: ['[2 items]', ''],
      inner: ['{ a: {…} }', ''],
      other: [undefined, undefined],
    });
    assert.deepEqual(
      second?.cells.map((cell) => cell?.text),
      columns.map(({ name }) => (name === 'other' ? '1' : undefined)),
    );
    assert.deepEqual([first?.canEdit, second.canEdit], [true, false]);
  });

  it('are a tree, each part when it is opened', async () => {
    const view = await shown(outcome(1, 'find', { value: documents(rowsOf(kinds)) }));
    const { order } = result(view);
    const parts = async (
      column: string | undefined,
      ...path: readonly number[]
    ): Promise<readonly string[]> => {
      const spot = { row: 0, column, path };
      const { nodes, size } = await answer(view, { kind: 'parts', id: 1, order, spot, from: 0 }, 'parts');
      assert.equal(nodes.length, size);
      return nodes.map(({ key, cell, size }) => `${key}: ${cell.text} ${size}`);
    };
    assert.equal((await parts(undefined)).length, Object.keys(kinds).length);
    assert.deepEqual(await parts('list'), ['0: 1 0', '1: [2 items] 2']);
    assert.deepEqual(await parts('list', 1, 1), ['deep: 3 0']);
    const inner = Object.keys(kinds).indexOf('inner');
    assert.deepEqual(await parts(undefined, inner, 0, 0), ['c: 4 0']);
    assert.deepEqual(await parts('scoped'), ['scope: { x: 1 } 1']);
    assert.deepEqual(await parts('scoped', 0), ['x: 1 0']);
    assert.deepEqual(await parts('missing'), []);
    assert.deepEqual(await parts('list', 7, 7), []);
    assert.deepEqual(await parts('text', 0), []);
  });

  it('come in pieces where a value has many parts', async () => {
    const many = { _id: 1, list: Array.from({ length: 1200 }, (_, at) => at) };
    const view = await shown(outcome(1, 'find', { value: documents(rowsOf(many)) }));
    const spot = { row: 0, column: 'list', path: [] };
    const { order } = result(view);
    const first = await answer(view, { kind: 'parts', id: 1, order, spot, from: 0 }, 'parts');
    assert.deepEqual([first.nodes.length, first.size], [500, 1200]);
    const last = await answer(view, { kind: 'parts', id: 1, order, spot, from: 1000 }, 'parts');
    assert.deepEqual([last.nodes.length, last.nodes[0]?.key], [200, '1000']);
  });

  it('are sorted as a database would, as far as they are loaded', async () => {
    const all = [{ _id: 1, n: 5 }, { _id: 2, n: '4' }, { _id: 3 }, { _id: 4, n: bson.Long.fromNumber(-3) }];
    const view = await shown(outcome(1, 'find', { value: documents(rowsOf(...all), true) }));
    const before = result(view).order;
    const sort = (): Promise<void> => view.hear({ kind: 'sort', id: 1, column: 'n' });
    await sort();
    assert.deepEqual(result(view).sort, { column: 'n', descending: false });
    assert.match(result(view).about, /· sorted as far as they are loaded$/);
    assert.deepEqual(await cells(view, '_id'), ['3', '4', '1', '2']);
    await sort();
    assert.deepEqual(await cells(view, '_id'), ['2', '1', '4', '3']);
    // What was said of the order before is about other rows.
    posted.length = 0;
    await view.hear({ kind: 'rows', id: 1, order: before, from: 0, count: 100 });
    await view.hear({ kind: 'edit', id: 1, order: before, row: 0 });
    assert.deepEqual(
      posted.filter(({ kind }) => kind === 'rows'),
      [],
    );
    assert.deepEqual(called, []);
    await view.hear({ kind: 'edit', id: 1, order: result(view).order, row: 0 });
    assert.deepEqual(called, [['edit', 1, 1]]);
    played.left = [{ _id: 5, n: 'z' }];
    await view.hear({ kind: 'more', id: 1 });
    assert.deepEqual(await cells(view, '_id'), ['5', '2', '1', '4', '3']);
    await sort();
    assert.equal(result(view).sort, undefined);
    assert.deepEqual(await cells(view, '_id'), ['1', '2', '3', '4', '5']);
  });

  it('go on when somebody wants more, until they stop it', async () => {
    const rows = rowsOf({ _id: 0 });
    const view = await shown(outcome(1, 'find', { value: documents(rows, true) }));
    played.left = Array.from({ length: 12_000 }, (_, at) => ({ _id: at + 1, late: at > 2000 }));
    await view.hear({ kind: 'more', id: 1 });
    assert.equal(result(view).count, 1001);
    let pass: () => void = () => undefined;
    played.gate = new Promise((resolve) => (pass = resolve));
    const loading = view.hear({ kind: 'all', id: 1 });
    await eventually(() => assert.equal(result(view).busy, 'loading'));
    await view.hear({ kind: 'stop', id: 1 });
    await loading;
    assert.deepEqual(called, []);
    assert.deepEqual(
      [result(view).busy, result(view).count, result(view).notice],
      [undefined, 1001, undefined],
    );
    pass();
    await view.hear({ kind: 'all', id: 1 });
    assert.equal(result(view).count, 12_001);
    assert.equal(result(view).hasMore, false);
    assert.equal(result(view).about.split(' · ')[0], '12,001 documents');
    assert.deepEqual(played.asked, [1000, 5000, 5000, 5000, 5000]);
    // A field that comes late is a column from then on.
    assert.deepEqual(
      result(view).columns.map(({ name }) => name),
      ['_id', 'late'],
    );
  });

  it('say what hindered them from going on', async () => {
    const view = await shown(outcome(1, 'find', { value: documents(rowsOf({ _id: 0 }), true) }));
    played.gate = Promise.reject(new Error('The wire broke.'));
    await view.hear({ kind: 'more', id: 1 });
    assert.equal(result(view).notice?.isError, true);
    assert.equal(result(view).count, 1);
    played.gate = Promise.resolve();
    played.left = [{ _id: 1 }];
    await view.hear({ kind: 'more', id: 1 });
    assert.equal(result(view).notice, undefined);
    assert.equal(result(view).count, 2);
    scene.stage.mistakes.length = 0;
  });

  it('are copied by value, by document, and as tables', async () => {
    const view = await shown(
      outcome(1, 'find', {
        value: documents(rowsOf({ _id: 1, a: '=1+1', b: { c: [1] } }, { _id: 2, a: 'x|y' }, { _id: 3 })),
      }),
    );
    const { order } = result(view);
    const copied = async (message: FromView): Promise<string> => {
      await vscode.env.clipboard.writeText('');
      const { text } = await answer(view, message, 'say');
      assert.equal(text, 'Copied');
      return vscode.env.clipboard.readText();
    };
    const value = (row: number, column: string | undefined, ...path: readonly number[]): Promise<string> =>
      copied({ kind: 'copyValue', id: 1, order, spot: { row, column, path } });
    assert.equal(await value(1, 'a'), 'x|y');
    assert.equal(await value(0, '_id'), '1');
    assert.equal(await value(0, 'b', 0), '[1]');
    assert.deepEqual(JSON.parse(await value(2, undefined)), { _id: 3 });
    await view.hear({ kind: 'ejson', style: 'canonical' });
    assert.equal(await value(0, '_id'), '{"$numberInt":"1"}');
    await view.hear({ kind: 'ejson', style: 'relaxed' });
    const two = await copied({
      kind: 'copyDocuments',
      id: 1,
      order,
      ranges: [
        [0, 0],
        [2, 2],
      ],
    });
    assert.deepEqual(JSON.parse(two), [{ _id: 1, a: '=1+1', b: { c: [1] } }, { _id: 3 }]);
    const table = await copied({ kind: 'copyTable', id: 1, order, ranges: [[0, 7]] });
    const lines = table
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.deepEqual(lines[0], ['_id', 'a', 'b']);
    // What a spreadsheet would reckon is a text there.
    assert.doesNotMatch(lines[1]?.[1] ?? '=', /^"?=/);
    assert.equal(lines.length, 4);
    const markdown = await copied({ kind: 'copyMarkdown', id: 1, order, ranges: [[1, 1]] });
    assert.match(markdown, /^\| \\?_id \| a \| b \|\n\| --- \| --- \| --- \|\n\| 2 \| x\\\|y \|\s+\|/);
  });

  it('are open as JSON in an editor, without loss', async () => {
    const view = await shown(outcome(1, 'find', { value: documents(rowsOf(kinds, { _id: 2 })) }));
    const read = async (style: 'relaxed' | 'canonical'): Promise<vscode.TextDocument> => {
      await view.hear({ kind: 'ejson', style });
      await view.hear({ kind: 'json', id: 1 });
      return eventually((): vscode.TextDocument => {
        const document = vscode.window.activeTextEditor?.document;
        assert.ok(document?.uri.path.endsWith(`.${style}.json`) === true);
        return document;
      });
    };
    const canonical = await read('canonical');
    assert.equal(canonical.languageId, 'json');
    const [first] = JSON.parse(canonical.getText()) as readonly unknown[];
    const again = documentOf(bson, JSON.stringify(first));
    assert.ok(again.value !== undefined);
    assert.deepEqual(bytesOf(bson, again.value), bson.serialize(kinds));
    const { permissions } = await vscode.workspace.fs.stat(canonical.uri);
    assert.equal(permissions, vscode.FilePermission.Readonly);
    const relaxed = await read('relaxed');
    assert.match(relaxed.getText(), /"double": 1(\.0)?,\n/);
    assert.match(relaxed.getText(), /"\$numberDecimal": ?"1\.50"/);
    assert.doesNotMatch(relaxed.getText(), /\$numberInt/);
  });

  it('end early as JSON where an editor would be slow, and say so', async () => {
    const rows = new Rows();
    for (let at = 0; at < 21_000; at++) rows.add(bson.serialize({ _id: at }));
    const view = await shown(outcome(1, 'find', { value: documents(rows) }));
    await view.hear({ kind: 'json', id: 1 });
    const document = await eventually((): vscode.TextDocument => {
      const document = vscode.window.activeTextEditor?.document;
      assert.ok(document?.uri.path.endsWith('.json') === true);
      return document;
    });
    assert.match(document.uri.path, /documents-first-20000\.relaxed\.json$/);
    assert.equal((JSON.parse(document.getText()) as readonly unknown[]).length, 20_000);
    assert.match(result(view).notice?.text ?? '', /^The first 20,000 of 21,000 documents are open as JSON/);
  });

  it('are drawn with what a picture says in words', async () => {
    const view = await shown(
      outcome(1, 'find', {
        value: documents(rowsOf({ s: 'a', n: 2 }, { s: 'b', n: 5 }, { s: 'a', n: 1 }, { n: 9 })),
      }),
    );
    const wish = { x: 's', y: 'n', of: 'sum' } as const;
    const { chart } = await answer(view, { kind: 'chart', id: 1, wish }, 'chart');
    assert.deepEqual(
      chart.points.map(({ label, value }) => [label, value]),
      [
        ['a', 3],
        ['b', 5],
      ],
    );
    assert.equal(chart.summary, 'Sum of n by s: 2 points, the least 3 (a), the most 5 (b).');
    assert.match(chart.left, /^1 documents are not in it/);
  });

  it('are a plan where they explain something', async () => {
    const explained = {
      queryPlanner: { namespace: 'shop.orders', winningPlan: { stage: 'COLLSCAN' } },
      executionStats: {
        nReturned: 5,
        executionTimeMillis: 12,
        totalDocsExamined: 5000,
        totalKeysExamined: 0,
        executionStages: { stage: 'COLLSCAN', nReturned: 5, totalDocsExamined: 5000 },
      },
    };
    const view = await shown(
      outcome(1, 'explain', { value: documents(rowsOf(explained)) }),
      outcome(2, 'find', { value: documents(rowsOf({ _id: 1 })) }),
      outcome(3, 'explain', { value: { kind: 'value', rows: rowsOf({ value: explained }) } }),
    );
    assert.deepEqual([result(view).mode, result(view).modes], ['plan', ['plan', 'table', 'tree']]);
    const { plan } = await answer(view, { kind: 'plan', id: 1 }, 'plan');
    assert.equal(
      plan.summary,
      'shop.orders · 5 returned · 5,000 documents examined · 0 keys examined · 12 ms',
    );
    assert.equal(plan.root.name, 'COLLSCAN');
    assert.deepEqual(plan.root.costs, [
      'Reads the whole collection, 5,000 documents. An index on the fields of the filter would read fewer.',
    ]);
    // How documents are looked at and how plans are is chosen apart.
    await view.hear({ kind: 'mode', mode: 'tree' });
    assert.equal(result(view).mode, 'tree');
    await view.hear({ kind: 'select', id: 2 });
    assert.equal(result(view).mode, 'table');
    await view.hear({ kind: 'mode', mode: 'chart' });
    await view.hear({ kind: 'select', id: 1 });
    assert.equal(result(view).mode, 'tree');
  });

  it('are edited only where they can be written back', async () => {
    const view = await shown(
      outcome(1, 'find', { value: documents(rowsOf({ _id: 1 }, { a: 1 })) }),
      outcome(2, 'aggregate', {
        value: { kind: 'documents', rows: rowsOf({ _id: 1 }), place: undefined, hasMore: false },
      }),
    );
    assert.match(result(view).unwritable ?? '', /^These are not whole documents/);
    await view.hear({ kind: 'edit', id: 2, order: result(view).order, row: 0 });
    await view.hear({ kind: 'select', id: 1 });
    assert.equal(result(view).unwritable, undefined);
    for (const row of [0, 1, 2]) await view.hear({ kind: 'edit', id: 1, order: result(view).order, row });
    assert.deepEqual(called, [['edit', 1, 0]]);
    await view.hear({ kind: 'export', id: 1 });
    assert.deepEqual(called[1], ['export', 1]);
  });

  it('cost the editor little, however many they are', async function () {
    this.timeout(60_000);
    const rows = new Rows();
    const before = memory().heapUsed;
    for (let batch = 0; batch < 100; batch++)
      rows.add(
        Buffer.concat(
          Array.from({ length: 1000 }, (_, at) =>
            bson.serialize({ ...kinds, _id: new bson.Int32(1000 * batch + at), n: (at * 7919) % 1009 }),
          ),
        ),
      );
    const view = await shown(outcome(1, 'find', { value: documents(rows) }));
    for (let from = 0; from < 100_000; from += 500) await cells(view, 'n', from);
    assert.equal((await cells(view, '_id', 99_999))[0], '99999');
    await view.hear({ kind: 'sort', id: 1, column: 'n' });
    assert.equal((await cells(view, 'n'))[0], '0');
    assert.equal((await cells(view, 'n', 99_990))[0], '1008');
    const grown = (memory().heapUsed - before) / 2 ** 20;
    assert.ok(grown < 150, `${Math.round(grown)} MB`);
  });

  it('are in a panel of their own beside the playground', async () => {
    played.show([outcome(1, 'one')]);
    const view = openResultsView(surroundings());
    open.push(view);
    await eventually(() =>
      assert.ok(
        vscode.window.tabGroups.all
          .flatMap(({ tabs }) => tabs)
          .some(
            ({ label, input }) =>
              label === 'orders.mongodb.js: Results' && input instanceof vscode.TabInputWebview,
          ),
      ),
    );
    view.dispose();
    await eventually(() => assert.deepEqual(called, [['closed']]));
  });
});
