import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BSON } from 'bson';
import * as vscode from 'vscode';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { Failure } from '../../src/core/failure.ts';
import { Rows } from '../../src/core/playground/rows.ts';
import type { Outcome, Results, Value } from '../../src/core/playground/run.ts';
import { exportResult, exportTo } from '../../src/editor/playground/exportResult.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the export of a result', () => {
  const scene = onScene();
  let folder: string;
  let target: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'export-'));
    target = join(folder, 'orders.json');
  });
  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true });
  });

  const rowsOf = (...documents: readonly object[]): Rows => {
    const rows = new Rows();
    for (const document of documents) rows.add(BSON.serialize(document));
    return rows;
  };
  const documents: Value = {
    kind: 'documents',
    rows: rowsOf({ _id: 1, a: '=1' }),
    place: { database: 'shop', collection: 'orders/2026 old' },
    hasMore: true,
  };
  /** A result of which there is more in the database than here. */
  function resultsOf(value: Value, stream: () => AsyncIterable<Uint8Array> = streamed): Results {
    const outcome: Outcome = {
      id: 7,
      statement: { text: 'db.orders.find()', line: 2, lastLine: 2 },
      state: 'done',
      took: 1,
      value,
      printed: [],
      problem: undefined,
    };
    const cluster = { name: 'orders-eu' } as Cluster;
    return {
      run: { target: { cluster, database: 'shop' }, startedAt: 0, state: 'done', outcomes: [outcome] },
      onChange: () => () => undefined,
      more: async () => undefined,
      stream: (id) => {
        assert.equal(id, 7);
        return stream();
      },
    };
  }
  async function* streamed(): AsyncGenerator<Uint8Array> {
    yield Buffer.concat([BSON.serialize({ _id: 1, a: '=1' }), BSON.serialize({ _id: 2, b: 1.5 })]);
    yield BSON.serialize({ _id: 3 });
  }
  const does = async (results: Results, ...answers: readonly (string | symbol)[]): Promise<void> => {
    scene.stage.answers.push(...answers);
    await exportResult(scene.app, results, 7);
    assert.deepEqual(scene.stage.mistakes, []);
  };
  const last = (): string | undefined => scene.stage.heard.at(-1);

  it('asks as what and where, writes all there is, and says so', async () => {
    await does(resultsOf(documents), 'JSON Lines', target, dismiss);
    assert.equal(await readFile(target, 'utf8'), '{"_id":1,"a":"=1"}\n{"_id":2,"b":1.5}\n{"_id":3}\n');
    assert.deepEqual(scene.stage.heard, [
      'Export as what?',
      'save as shop-orders-2026-old.jsonl',
      `3 documents, 47 B are in ${target}. [Open]`,
    ]);
  });

  it('offers each format with what it loses', async () => {
    await does(resultsOf(documents), dismiss);
    const [offers = []] = scene.stage.offers;
    assert.deepEqual(
      offers.map(({ label }) => label),
      ['EJSON', 'EJSON Canonical', 'JSON Lines', 'JSON', 'CSV'],
    );
    assert.ok(offers.every(({ detail }) => detail !== undefined && /Loses|become/.test(detail)));
    for (const [label, ending, begins] of [
      ['EJSON', 'json', '[\n{"_id":1,'],
      ['EJSON Canonical', 'json', '[\n{"_id":{"$numberInt":"1"},'],
      ['JSON', 'json', '[\n{"_id":1,'],
      ['CSV', 'csv', "_id,a,b\r\n1,'=1,\r\n2,,1.5\r\n3,,\r\n"],
    ] as const) {
      await does(resultsOf(documents), label, target, dismiss);
      assert.equal(scene.stage.heard.at(-2), `save as shop-orders-2026-old.${ending}`);
      assert.ok((await readFile(target, 'utf8')).startsWith(begins), label);
    }
  });

  it('opens what was written, if told to', async () => {
    await does(resultsOf(documents), 'EJSON', target, 'Open');
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, target);
  });

  it('has a result that is one value, too', async () => {
    await does(resultsOf({ kind: 'value', rows: rowsOf({ value: 42 }) }), 'EJSON', target, dismiss);
    assert.equal(await readFile(target, 'utf8'), '[\n{"value":42}\n]\n');
    assert.equal(scene.stage.heard.at(-2), 'save as shop-result.json');
    assert.match(last() ?? '', /^1 document, /);
  });

  it('does nothing when the person goes away, or where there is nothing', async () => {
    await does(resultsOf(documents), dismiss);
    await does(resultsOf(documents), 'EJSON', dismiss);
    await does(resultsOf({ kind: 'nothing' }));
    assert.equal(last(), 'There are no documents here to export. []');
    assert.deepEqual(await readdir(folder), []);
  });

  it('says why it failed, and leaves what was there', async () => {
    await writeFile(target, 'before');
    await does(
      resultsOf(documents, async function* fails() {
        yield* streamed();
        throw new Failure({ code: 'database', serverCode: 13, name: 'Unauthorized', message: '' });
      }),
      'EJSON',
      target,
      dismiss,
    );
    assert.match(last() ?? '', /your role on the cluster does not allow this/);
    assert.equal(await readFile(target, 'utf8'), 'before');
    await does(resultsOf(documents), 'EJSON', join(folder, 'gone/orders.json'), dismiss);
    assert.match(last() ?? '', /its folder is not there any more/);
    assert.deepEqual(await readdir(folder), ['orders.json']);
  });

  it('says when it was stopped, and leaves nothing', async () => {
    await does(
      resultsOf(documents, async function* stops() {
        yield* streamed();
        throw new Failure({ code: 'cancelled' });
      }),
      'CSV',
      target,
      dismiss,
    );
    assert.equal(last(), 'You stopped the export. No file was written. []');
    assert.deepEqual(await readdir(folder), []);
  });

  it('takes its time where that is needed, and what it says of that stops nothing', async () => {
    await does(
      resultsOf(documents, async function* slow() {
        for (let at = 0; at < 6; at++) {
          await sleep(250);
          yield* streamed();
        }
      }),
      'CSV',
      target,
      dismiss,
    );
    assert.match(last() ?? '', /^18 documents, /);
  });

  describe('to where the editor has no disk', () => {
    const files = new Map<string, Uint8Array>();
    const refuse = new Set<string>();
    let provider: vscode.Disposable;
    before(() => {
      const changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
      provider = vscode.workspace.registerFileSystemProvider('export-test', {
        onDidChangeFile: changes.event,
        watch: () => new vscode.Disposable(() => undefined),
        stat(uri) {
          const bytes = files.get(uri.path);
          if (bytes === undefined && uri.path !== '/') throw vscode.FileSystemError.FileNotFound(uri);
          const type = bytes === undefined ? vscode.FileType.Directory : vscode.FileType.File;
          return { type, ctime: 0, mtime: 0, size: bytes?.length ?? 0 };
        },
        readDirectory: () => [],
        createDirectory: () => undefined,
        readFile: (uri) => files.get(uri.path) ?? new Uint8Array(),
        writeFile(uri, bytes) {
          if (refuse.has(uri.path)) throw vscode.FileSystemError.NoPermissions(uri);
          files.set(uri.path, bytes.slice());
        },
        delete: (uri) => void files.delete(uri.path),
        rename: () => undefined,
      });
    });
    after(() => provider.dispose());
    beforeEach(() => files.clear());

    const at = (path: string): vscode.Uri => vscode.Uri.from({ scheme: 'export-test', path });
    const never = new AbortController().signal;

    it('is written as a whole', async () => {
      const exported = await exportTo(
        at('/orders.csv'),
        'csv',
        streamed(),
        never,
        () => undefined,
        scene.app.unfinished,
      );
      assert.equal(
        Buffer.from(files.get('/orders.csv') ?? []).toString(),
        "_id,a,b\r\n1,'=1,\r\n2,,1.5\r\n3,,\r\n",
      );
      assert.equal(exported.documents, 3);
    });

    it('is refused where it is too much at once, or not allowed', async () => {
      const large = BSON.serialize({ text: 'x'.repeat(1_000_000) });
      async function* many(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 70; index++) yield large;
      }
      await assert.rejects(
        exportTo(at('/a'), 'json', many(), never, () => undefined, scene.app.unfinished),
        (error: unknown) => {
          assert.deepEqual(Failure.from(error).data, {
            code: 'notWritten',
            reason: 'tooLarge',
            detail: '64000000',
          });
          return true;
        },
      );
      refuse.add('/b');
      await assert.rejects(
        exportTo(at('/b'), 'json', streamed(), never, () => undefined, scene.app.unfinished),
        (error: unknown) => {
          const { data } = Failure.from(error);
          return data.code === 'notWritten' && data.reason === 'notAllowed';
        },
      );
      assert.deepEqual([...files.keys()], []);
    });
  });
});
