import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Caller } from '../../src/core/identity/tokens.ts';
import type { DocumentView } from '../../src/editor/documents/documentViews.ts';
import { fileScheme } from '../../src/editor/documents/virtualFiles.ts';
import { messageFrom, placeFrom } from '../../src/webview/protocol.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  const scene = onScene();

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    for (const view of scene.app.collections.views) view.dispose();
    for (const document of vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === fileScheme)) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const opened = async (collection = 'orders', cluster = 'orders-eu'): Promise<DocumentView> => {
    const { key } =
      scene.app
        .azure()
        .discovery.tenants.flatMap(({ clusters }) => clusters)
        .find(({ name }) => name === cluster) ?? assert.fail();
    await scene.run('openDocuments', { key, database: 'shop', collection });
    const view = scene.app.collections.views.at(-1) ?? assert.fail();
    await eventually(() => assert.equal(view.view.state, 'ready'));
    return view;
  };
  /** The document in the tab that has the focus, once there is one. */
  const tab = (name: string): Promise<vscode.TextDocument> =>
    eventually(() => {
      const document = vscode.window.activeTextEditor?.document;
      assert.ok(document?.uri.scheme === fileScheme && document.uri.path.endsWith(`/${name}`));
      return document;
    });
  const write = async (document: vscode.TextDocument, text: string): Promise<void> => {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
    await vscode.workspace.applyEdit(edit);
  };
  const column = ({ view }: DocumentView, name: string): readonly (string | undefined)[] =>
    view.rows.map(({ cells }) => cells[view.columns.indexOf(name)]?.text);

  describe('openDocuments', () => {
    it('of a row open in a panel, and of the palette where its answers lead', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened();
      assert.deepEqual(view.view.columns.slice(0, 3), ['_id', 'number', 'customer']);
      assert.equal(view.view.rows.length, 50);
      await eventually(() => assert.equal(view.view.range, '1–50 of about 160'));
      await opened();
      assert.equal(scene.app.collections.views.length, 1);
      scene.stage.answers.push('orders-eu', 'shop', 'products');
      await scene.run('openDocuments');
      assert.deepEqual(
        scene.app.collections.views.map(({ place }) => place.collection),
        ['orders', 'products'],
      );
      assert.deepEqual(scene.stage.heard, [
        'The documents of which cluster?',
        'In which database?',
        'The documents of which collection?',
      ]);
      assert.deepEqual(
        scene.stage.offers[2]?.map(({ label, description }) => [label, description]),
        [
          ['carts', undefined],
          ['customers', undefined],
          ['openOrders', 'view'],
          ['orders', undefined],
          ['products', undefined],
        ],
      );
    });

    it('cannot be written to a view, nor to a replica, nor by whoever may only read', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('openOrders');
      await eventually(() =>
        assert.equal(
          view.view.unwritable,
          'This is a view: its documents come from another collection. Write there.',
        ),
      );
      const replica = await opened('orders', 'orders-us');
      assert.equal(
        replica.view.unwritable,
        'This cluster is a replica and takes no changes. Make them on its primary.',
      );
      const orders = await opened();
      assert.equal(orders.view.unwritable, undefined);
    });

    it('are asked for by a query in a file, which is checked and run', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('orders');
      await view.hear({ kind: 'editQuery' });
      const document = await tab('orders.query.json');
      assert.equal(document.languageId, 'json');
      await write(
        document,
        '{ "filter": { "status": "paid" }, "projection": { "status": 1 }, "pageSize": 5 }',
      );
      assert.ok(await document.save());
      await eventually(() =>
        assert.deepEqual(column(view, 'status'), ['paid', 'paid', 'paid', 'paid', 'paid']),
      );
      assert.equal(view.view.query.filter, '{ "status": "paid" }');
      await write(document, '{ "limit": 1, "sort": { "a": 2 } }');
      await eventually(() => {
        const found = vscode.languages
          .getDiagnostics(document.uri)
          .filter(({ source }) => source === 'Cosmos Entra');
        assert.deepEqual(
          found.map(({ message }) => message),
          [
            'A query has a filter, a projection, a sort and a pageSize; it has no limit.',
            'Sort a by 1 (upwards) or -1 (downwards).',
          ],
        );
      });
      assert.ok(await document.save());
      assert.match(
        view.view.notice?.text ?? '',
        /^This is still the query before: in the new one, line 1 is not right\./,
      );
      await view.hear({ kind: 'pageSize', size: 20 });
      assert.equal(view.view.rows.length, 20);
      assert.match(scene.app.collections.files.of(document.uri)?.text ?? '', /"pageSize": 20/);
      assert.match(view.place.query, /"pageSize": 20/);
    });

    it('are deleted when that is confirmed', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('carts');
      const [first, second] = column(view, '_id');
      scene.stage.answers.push(dismiss);
      await view.hear({ kind: 'delete', page: view.view.page, rows: [0, 1] });
      assert.equal(view.view.rows.length, 18);
      assert.deepEqual(scene.stage.heard.splice(0), [
        `Delete 2 documents from carts (shop on orders-eu)? [Delete]\n_id: { "$uuid": "${first}" }\n_id: { "$uuid": "${second}" }\n\nNothing brings them back.`,
      ]);
      scene.stage.answers.push('Delete');
      await view.hear({ kind: 'delete', page: view.view.page, rows: [0, 1] });
      assert.equal(view.view.rows.length, 16);
      assert.equal(view.view.notice?.text, '2 documents are deleted.');
      // What was said of a page that is no more is not about this one.
      await view.hear({ kind: 'delete', page: view.view.page - 1, rows: [0] });
      assert.equal(view.view.rows.length, 16);
    });

    it('of somebody who left are shown no more, and not saved', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('customers');
      await view.hear({ kind: 'edit', page: view.view.page, row: 0 });
      const document = await tab('customers.json');
      await write(document, '{}');
      scene.stage.people.length = 0;
      scene.stage.changeSessions();
      await eventually(() => assert.deepEqual(scene.app.collections.views, []));
      assert.equal(await document.save(), false);
      assert.ok(document.isDirty);
    });

    it('of before a reload wait for a press', async () => {
      await scene.enter('kai@contoso.com');
      const { place } = await opened('customers');
      for (const view of scene.app.collections.views) view.dispose();
      const before = scene.stage.asking.size;
      const panel = vscode.window.createWebviewPanel('cosmosEntra.documents', '', vscode.ViewColumn.Active);
      scene.app.collections.revive(panel, place);
      const view = scene.app.collections.views[0] ?? assert.fail();
      assert.equal(panel.title, 'customers — shop — orders-eu');
      assert.equal(view.view.state, 'closed');
      assert.equal(view.view.notice?.button, 'Open Again');
      await view.hear({ kind: 'next' });
      await view.hear({ kind: 'insert' });
      assert.equal(view.view.state, 'closed');
      assert.equal(scene.stage.asking.size, before);
      await view.hear({ kind: 'remedy' });
      assert.equal(view.view.rows.length, 48);
      const lost = vscode.Uri.from({ scheme: fileScheme, path: '/cosmos-entra-document/99/customers.json' });
      assert.match(
        (await vscode.workspace.openTextDocument(lost)).getText(),
        /^"This was open before the window was reloaded, and cannot be saved from here\./,
      );
      await assert.rejects(async () => vscode.workspace.fs.writeFile(lost, Buffer.from('{}')));
      scene.app.collections.revive(
        vscode.window.createWebviewPanel('cosmosEntra.documents', '', vscode.ViewColumn.Active),
        { key: 1 },
      );
      assert.equal(scene.app.collections.views.length, 1);
    });

    it('say why they cannot be had, and what to do', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('customers');
      const { database, tokens } = scene.app.azure();
      await database.forget();
      const silent = tokens.silent.bind(tokens);
      // Entra gives nobody a token for this without asking them, nor after.
      Object.assign(tokens, { silent: (caller: Caller) => silent(caller, 'https://nowhere.example') });
      try {
        await view.refresh();
        assert.equal(view.view.notice?.isError, true);
        assert.match(view.view.notice.text, /^The editor could not get a token without asking you\./);
        assert.equal(view.view.notice.button, 'Sign In');
        assert.equal(view.view.rows.length, 48);
      } finally {
        Object.assign(tokens, { silent });
      }
      await view.hear({ kind: 'remedy' });
      assert.equal(view.view.notice, undefined);
      assert.equal(view.view.state, 'ready');
    });

    it('are read only by whoever has that role', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('customers');
      const { database } = scene.app.azure();
      assert.ok(view.cluster !== undefined);
      await database.open(view.cluster);
      assert.equal(view.view.unwritable, undefined);
      const session = database.of(view.cluster.key);
      const of = database.of.bind(database);
      Object.assign(database, {
        of: () => ({ ...session, who: { objectId: '', role: { name: 'readOnly' } } }),
      });
      assert.equal(
        view.view.unwritable,
        'Your role here only reads. An administrator of the cluster can give you another.',
      );
      const tabs = (): number => vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;
      const before = tabs();
      await view.hear({ kind: 'insert' });
      await view.hear({ kind: 'edit', page: view.view.page, row: 0 });
      await view.hear({ kind: 'delete', page: view.view.page, rows: [0] });
      Object.assign(database, { of });
      assert.equal(tabs(), before);
      assert.equal(view.view.rows.length, 48);
    });

    it('leave nothing secret in addresses and logs', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('customers');
      await view.hear({ kind: 'edit', page: view.view.page, row: 0 });
      const document = await tab('customers.json');
      assert.match(
        document.uri.toString(),
        /^cosmos-entra-documents:\/cosmos-entra-document\/\d+\/customers\.json$/,
      );
      const text = scene.stage.logged.join('\n');
      for (const token of scene.stage.tokens)
        for (const part of token.split('.')) assert.ok(!text.includes(part));
    });
  });

  describe('saveDocument', () => {
    it('are written when the difference was seen, and not before', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('customers');
      const { cluster } = view;
      const { database, collection } = view.place;
      assert.ok(cluster !== undefined);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      const again = await opened('customers');
      await again.hear({ kind: 'edit', page: again.view.page, row: 0 });
      const document = await tab('customers.json');
      assert.equal(document.languageId, 'cosmos-entra-document');
      const before = document.getText();
      await write(document, before.replace('"email": "', '"email": "new-'));
      await eventually(() => assert.ok(document.isDirty));

      scene.stage.answers.push(dismiss);
      await scene.run('saveDocument');
      assert.ok(document.isDirty);
      assert.deepEqual(scene.stage.heard.splice(0), [
        `Replace ${column(again, '_id')[0]} in customers — shop — orders-eu`,
        'Nothing has been written yet',
      ]);
      assert.doesNotMatch(String(column(again, 'email')[0]), /^new-/);

      scene.stage.answers.push('Write It');
      await scene.run('saveDocument');
      await eventually(() => assert.ok(!document.isDirty));
      await eventually(() => assert.match(String(column(again, 'email')[0]), /^new-/));
      assert.ok(
        vscode.window.tabGroups.all
          .flatMap(({ tabs }) => tabs)
          .every(({ input }) => !(input instanceof vscode.TabInputTextDiff)),
      );
      assert.deepEqual([database, collection], ['shop', 'customers']);

      // The editor's own way asks as well; who says no there is told by the editor that nothing was saved.
      await write(document, before);
      scene.stage.answers.push('Keep Editing');
      await eventually(() => assert.ok(document.isDirty));
      assert.equal(await document.save(), false);
      assert.ok(document.isDirty);
      scene.stage.answers.push('Write It');
      assert.equal(await document.save(), true);
      await eventually(() => assert.doesNotMatch(String(column(again, 'email')[0]), /^new-/));
    });

    it('are checked while somebody types', async () => {
      await scene.enter('kai@contoso.com');
      const view = await opened('customers');
      await view.hear({ kind: 'insert' });
      const document = await tab('customers.json');
      assert.equal(document.getText(), '{\n  \n}\n');
      const told = async (text: string, ...expected: readonly string[]): Promise<void> => {
        await write(document, text);
        await eventually(() => {
          const found = vscode.languages.getDiagnostics(document.uri);
          assert.deepEqual(
            found.map(({ range, message }) => `${document.getText(range)}: ${message}`),
            expected,
          );
        });
      };
      const example = '{ "$oid": "65f1a1b2c3d4e5f607182930" }';
      await told(
        '{ "a": { "$oid": "xyz" } }',
        `{ "$oid": "xyz" }: This is not how $oid is written. An example: ${example}`,
      );
      await told('{ "a": 1, }', ',: Nothing follows this comma. Remove it.');
      await told(
        '{ "a": { "$foo": 1 } }',
        '"$foo": $foo is no type of EJSON. It is kept as the name of a field, which many databases refuse.',
      );
      await write(document, '{ "a": 1 }');
      await eventually(() => assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []));
      scene.stage.answers.push('Insert It');
      await scene.run('saveDocument');
      await eventually(() =>
        assert.match(document.getText(), /^\{\n {2}"_id": \{ "\$oid": "[\da-f]{24}" \},\n {2}"a": 1\n\}\n$/),
      );
      assert.ok(!document.isDirty);
      await eventually(() => assert.ok(column(view, 'a').includes('1') || view.view.hasNext));
    });
  });
});

describe('what the page of a view says', () => {
  it('is taken only where it can be meant', () => {
    assert.deepEqual(messageFrom({ kind: 'next', row: 3 }), { kind: 'next' });
    assert.deepEqual(messageFrom({ kind: 'edit', page: 1, row: 2, x: 3 }), { kind: 'edit', page: 1, row: 2 });
    assert.deepEqual(messageFrom({ kind: 'delete', page: 1, rows: [2, 2, 3] }), {
      kind: 'delete',
      page: 1,
      rows: [2, 3],
    });
    assert.deepEqual(messageFrom({ kind: 'pageSize', size: 500 }), { kind: 'pageSize', size: 500 });
    for (const wrong of [
      undefined,
      null,
      'next',
      {},
      { kind: 'drop' },
      { kind: ['next'] },
      { kind: 'edit', page: 1 },
      { kind: 'edit', page: 1, row: -1 },
      { kind: 'edit', page: '1', row: 1 },
      { kind: 'open', page: 1.5, row: 1 },
      { kind: 'delete', page: 1, rows: [] },
      { kind: 'delete', page: 1, rows: ['0'] },
      { kind: 'delete', rows: [0] },
      { kind: 'pageSize', size: 0 },
      { kind: 'pageSize', size: 501 },
    ])
      assert.equal(messageFrom(wrong), undefined, JSON.stringify(wrong));
    const place = { key: 'k', database: 'd', collection: 'c', query: '{}' };
    assert.deepEqual(placeFrom({ ...place, x: 1 }), place);
    for (const wrong of [undefined, null, 'k', { ...place, key: 1 }, { ...place, query: undefined }])
      assert.equal(placeFrom(wrong), undefined);
  });
});
