/** What a playground's text, its cluster and its script may not do to the person who looks at it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { isProtected, setProtected } from '../../src/editor/playground/protectedClusters.ts';
import type { Playground } from '../../src/editor/playground/playgrounds.ts';
import { eventually } from './eventually.ts';
import { gate } from './gate.ts';
import { onScene } from './scene.ts';

describe('somebody with a playground', function () {
  this.timeout(60_000);
  const scene = onScene();
  beforeEach(() => scene.enter('kai@contoso.com'));
  afterEach(async () => {
    scene.app.playgrounds.forget();
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await scene.app.azure().database.forget();
  });

  const { whenFree, free } = gate();

  const playground = (): Playground =>
    scene.app.playgrounds.known(vscode.window.activeTextEditor?.document ?? assert.fail()) ?? assert.fail();

  async function open(...lines: readonly string[]): Promise<void> {
    const { node } = await scene.cluster('orders-eu');
    await scene.run('openSession', node);
    const { key } = node as { readonly key: string };
    await scene.run('newPlayground', { kind: 'database', key, database: 'shop' });
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    const rest = new vscode.Range(2, 0, editor.document.lineCount, 0);
    await editor.edit((edit) => edit.replace(rest, lines.join('\n')));
  }

  const protect = async (): Promise<void> => {
    const { node } = await scene.cluster('orders-eu');
    await scene.run('protectCluster', node);
  };
  const questions = (): number => scene.stage.heard.filter((text) => text.startsWith('Insert')).length;
  const many =
    'const all = [1, 2, 3, 4].map((a) => db.getMongo()._serviceProvider.insertOne("shop", "scratch", { a })); Promise.all(all)';

  /** People take a while to answer. */
  const slowly = async (act: () => Promise<void>): Promise<void> => {
    const { prompts } = scene.app;
    const confirm = prompts.confirm.bind(prompts);
    const slow: typeof confirm = async (...asked) => {
      const answer = await confirm(...asked);
      await sleep(200);
      return answer;
    };
    Object.assign(prompts, { confirm: slow });
    await act().finally(() => Object.assign(prompts, { confirm }));
  };

  it('who allows all is asked once, of what a script does at the same time too, and again in the next run', async () => {
    await open(many);
    await protect();
    for (const round of [1, 2]) {
      scene.stage.answers.push('Allow All in This Run');
      await slowly(() => scene.run('runPlayground'));
      assert.equal(questions(), round);
    }
    assert.equal(playground().runner.run?.state, 'done');
  });

  it('who refuses one thing is not asked for the others of its run', async () => {
    await open(many);
    await protect();
    await slowly(() => scene.run('runPlayground'));
    assert.equal(questions(), 1);
    assert.equal(playground().runner.run?.state, 'stopped');
  });

  it('who allows all in a run is asked of what a script does behind it', async () => {
    await open(
      'const write = () => db.getMongo()._serviceProvider.insertOne("shop", "scratch", { a: 1 }).catch(() => undefined)',
      'write()',
      whenFree('for (let one = 0; one < 2; one++) write()'),
    );
    await protect();
    scene.stage.answers.push('Allow All in This Run');
    await scene.run('runPlayground');
    assert.equal(questions(), 1);
    await free();
    await eventually(() => assert.ok(questions() >= 2));
  });

  it('who protects a cluster in the middle of a run is asked from there on', async () => {
    await open('for (let one = 0; one < 100000; one++) { db.scratch.insertOne({ one }); sleep(5) }');
    const running = scene.run('runPlayground');
    await eventually(() => assert.equal(playground().runner.run?.outcomes[0]?.state, 'running'));
    await sleep(100);
    assert.equal(questions(), 0);
    await protect();
    await running;
    assert.equal(questions(), 1);
    assert.equal(playground().runner.run?.state, 'stopped');
  });

  it('who protects a cluster has protected it from its replicas too', () => {
    const kept = new Map<string, unknown>();
    const store = {
      get: (key: string) => kept.get(key),
      set: (key: string, value: unknown) => void kept.set(key, value),
    };
    const at = (id: string, properties: object = {}) =>
      ({ id, resource: { properties } }) as unknown as Cluster;
    const replica = at('/b', { replica: { role: 'GeoAsyncReplica', sourceResourceId: '/A' } });
    assert.equal(isProtected(store, replica), false);
    setProtected(store, at('/a'), true);
    assert.deepEqual([isProtected(store, replica), isProtected(store, at('/c'))], [true, false]);
  });

  describe('who only looks at one', () => {
    const lenses = async (uri: vscode.Uri): Promise<readonly string[]> => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        uri,
        100,
      );
      return found.map(({ command }) => command?.title ?? '');
    };

    it('sees names, and no signs in their place', async () => {
      await open('1');
      const { document } = vscode.window.activeTextEditor ?? assert.fail();
      const edit = new vscode.WorkspaceEdit();
      edit.replace(
        document.uri,
        document.lineAt(0).range,
        '// Cosmos Entra: $(verified) / $(pass) as $(person)',
      );
      await vscode.workspace.applyEdit(edit);
      await eventually(async () => {
        const titles = await lenses(document.uri);
        assert.ok(
          titles.includes('$\u200b(verified) / $\u200b(pass) as $\u200b(person)'),
          titles.join(' | '),
        );
      });
    });

    /** A file system that is none of this machine's, with this one file. */
    const elsewhere = async (
      uri: vscode.Uri,
      isReadonly: boolean,
      text: string,
      test: () => Promise<void>,
    ): Promise<void> => {
      const nothing = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
      const refuse = (): never => {
        throw vscode.FileSystemError.NoPermissions();
      };
      const files: vscode.FileSystemProvider = {
        onDidChangeFile: nothing.event,
        watch: () => new vscode.Disposable(() => undefined),
        stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: text.length }),
        readDirectory: () => [],
        readFile: () => new TextEncoder().encode(text),
        createDirectory: refuse,
        writeFile: refuse,
        delete: refuse,
        rename: refuse,
      };
      const registered = vscode.workspace.registerFileSystemProvider(uri.scheme, files, { isReadonly });
      try {
        await vscode.window.showTextDocument(uri);
        await test();
      } finally {
        await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
        registered.dispose();
      }
    };
    const header = '// Cosmos Entra: orders-eu / shop as kai@contoso.com';

    it('runs nothing of an older version, or of what somebody proposes', async () => {
      await open('1');
      const uri = vscode.Uri.parse('older:/shop.mongodb.js');
      await elsewhere(uri, true, `${header}\n\ndb.orders.find()\n`, async () => {
        assert.deepEqual(await lenses(uri), []);
        await scene.run('runPlayground', uri);
        await scene.run('runPlayground');
        assert.ok(!scene.app.playgrounds.all.some(({ document }) => document.uri.scheme === 'older'));
      });
    });

    it('has its modules looked for on this machine alone, wherever the playground is', async () => {
      await open('1');
      const uri = vscode.Uri.parse('shared://server/folder/shop.mongodb.js');
      const script = 'let said; try { require("./beside") } catch ({ message }) { said = message }\nsaid';
      await elsewhere(uri, false, `${header}\n\n${script}\n`, async () => {
        await scene.run('runPlayground');
        const value = playground().runner.run?.outcomes.at(-1)?.value;
        assert.ok(value?.kind === 'text', JSON.stringify(playground().runner.run?.outcomes));
        assert.match(value.text, /beside[^]*shop\.mongodb\.js/);
        assert.doesNotMatch(value.text, /server|folder\/shop/);
      });
    });
  });
});
