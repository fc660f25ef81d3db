import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { kai, changingOn, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';

/** Where the playgrounds here run: in the database `shop`. */
const header = `// Cosmos Entra: orders-eu / shop as ${kai}`;

describe('help while writing a playground', () => {
  const scene = onScene();
  const { does } = changingOn(scene);
  let folder = '';
  let count = 0;

  beforeEach(async () => {
    await swift();
    await scene.enter(kai);
    folder = await mkdtemp(join(tmpdir(), 'playgrounds-'));
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true });
  });

  /** Somebody has a session with the cluster, or has none. */
  const begin = async (hasSession = true): Promise<void> => {
    if (hasSession) await does('openSession', await scene.cluster('orders-eu'));
  };

  /** A playground with this text, and where the bar in it stands. */
  const written = async (
    text: string,
    ending = '.mongodb.js',
  ): Promise<{ readonly document: vscode.TextDocument; readonly position: vscode.Position }> => {
    const file = join(folder, `${++count}${ending}`);
    const marked = `${header}\n${text}`;
    await writeFile(file, marked.replace('|', ''));
    // As a person opens it: what a test opens stays open for minutes.
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    const document = await eventually(() => {
      const found = vscode.window.activeTextEditor?.document;
      assert.equal(found?.uri.fsPath, file);
      return found ?? assert.fail();
    });
    return { document, position: document.positionAt(Math.max(0, marked.indexOf('|'))) };
  };

  const completed = async (text: string, resolve = 0): Promise<readonly vscode.CompletionItem[]> => {
    const { document, position } = await written(text);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      position,
      undefined,
      resolve,
    );
    return list.items;
  };
  const labelOf = ({ label }: vscode.CompletionItem): string =>
    typeof label === 'string' ? label : label.label;
  const labels = async (text: string): Promise<readonly string[]> => (await completed(text)).map(labelOf);

  const hovered = async (text: string): Promise<string> => {
    const { document, position } = await written(text);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      position,
    );
    const said = hovers.flatMap(({ contents }) => contents);
    return said.map((one) => (typeof one === 'string' ? one : one.value)).join('\n');
  };

  it('completes databases and collections of the session', async () => {
    await begin();
    assert.deepEqual((await labels("use('|')")).slice(0, 1), ['shop']);
    const members = await completed('db.|');
    assert.deepEqual(members.slice(0, 5).map(labelOf), [
      'carts',
      'customers',
      'openOrders',
      'orders',
      'products',
    ]);
    assert.ok(members.map(labelOf).includes('getCollectionNames'));
  });

  it('completes fields with their types, where the text is broken too', async () => {
    await begin();
    const items = await completed("use('shop');\ndb.orders.find({\n  stat|\n\nfunction f( {");
    const status = items.find((item) => labelOf(item) === 'status') ?? assert.fail();
    assert.equal((status.label as vscode.CompletionItemLabel).description, 'string');
    assert.equal(status.kind, vscode.CompletionItemKind.Field);
    assert.equal((status.insertText as vscode.SnippetString).value, 'status: $0');
  });

  it('completes stages as snippets, and puts them in the place of what is typed', async () => {
    await begin();
    const items = await completed('db.orders.aggregate([{ $mat| }])');
    const match = items.find((item) => labelOf(item) === '$match') ?? assert.fail();
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    const range = match.range instanceof vscode.Range ? match.range : match.range?.replacing;
    assert.ok(match.insertText instanceof vscode.SnippetString && range !== undefined);
    await editor.insertSnippet(match.insertText, range);
    assert.equal(editor.document.getText(), header + '\ndb.orders.aggregate([{ $match: {  } }])');
  });

  describe('what is chosen', () => {
    const rows: readonly (readonly [string, string])[] = [
      ["use('odd');\ndb.my|", "use('odd');\ndb.getCollection('my-orders')"],
      ['db.order|', 'db.orders'],
      ["use('odd');\ndb.getCollection('my|').find()", "use('odd');\ndb.getCollection('my-orders').find()"],
      ['db.customers.find({ address.ci| })', "db.customers.find({ 'address.city':  })"],
      ["db.customers.find({ 'address.c|' })", "db.customers.find({ 'address.city' })"],
      [
        "db.orders.aggregate([{ $sortByCount: '$sta|' }])",
        "db.orders.aggregate([{ $sortByCount: '$status' }])",
      ],
      ['db.orders.find({ status: { $nin| } })', 'db.orders.find({ status: { $nin: [] } })'],
      ['db.orders.aggregate([$sample|])', 'db.orders.aggregate([{ $sample: { size: 10 } }])'],
      ['db.orders.find().toArr|', 'db.orders.find().toArray()'],
      [
        'const since = new Date();\ndb.orders.find({ placed: sinc| })',
        'const since = new Date();\ndb.orders.find({ placed: since })',
      ],
    ];
    for (const [text, expected] of rows)
      it(`stands in its place: ${text}`, async () => {
        await begin();
        const { database } = scene.app.azure();
        const [session] = database.all;
        await database.run(session?.cluster ?? assert.fail(), (client) =>
          client.db('odd').command({ create: 'my-orders' }),
        );
        const { document, position } = await written(text);
        const editor = vscode.window.activeTextEditor ?? assert.fail();
        editor.selection = new vscode.Selection(position, position);
        await vscode.commands.executeCommand('editor.action.triggerSuggest');
        await eventually(async () => {
          await vscode.commands.executeCommand('acceptSelectedSuggestion');
          assert.equal(document.getText(), `${header}\n${expected}`);
        });
      });
  });

  /** A person types this where the bar is, one sign after another. */
  const typing = async (text: string, typed: string): Promise<vscode.TextDocument> => {
    await begin();
    const { document, position } = await written(text);
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    editor.selection = new vscode.Selection(position, position);
    for (const sign of typed) await vscode.commands.executeCommand('type', { text: sign });
    return document;
  };

  it('comes by itself behind a space in an object', async () => {
    const document = await typing('db.orders.aggregate([|])', '{ ');
    await eventually(async () => {
      await vscode.commands.executeCommand('acceptSelectedSuggestion');
      assert.equal(document.getText(), `${header}\ndb.orders.aggregate([{ $match: {  }}])`);
    });
  });

  it('does not come in the way of Enter behind a bracket', async () => {
    const document = await typing('db.orders.find(|)', '{');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await vscode.commands.executeCommand('acceptSelectedSuggestion');
    assert.equal(document.getText(), `${header}\ndb.orders.find({})`);
  });

  it('reads a line of help and a link when an item is looked at', async () => {
    await begin();
    const items = await completed('db.orders.find().sor|', 40);
    const sort = items.find((item) => labelOf(item) === 'sort') ?? assert.fail();
    const { value } = sort.documentation as vscode.MarkdownString;
    assert.match(
      value,
      /order[^]*\]\(https:\/\/www\.mongodb\.com\/docs\/manual\/reference\/method\/cursor\.sort/,
    );
  });

  it('knows the language without a session, and opens none', async () => {
    await begin(false);
    const members = await labels('db.|');
    assert.ok(members.includes('getCollection'));
    assert.ok(!members.includes('orders'));
    assert.deepEqual(scene.app.azure().database.all, []);
  });

  it('is silent in other JavaScript', async () => {
    await begin();
    const { document, position } = await written("use('|')", '.js');
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      position,
    );
    assert.ok(!list.items.some(({ kind }) => kind === vscode.CompletionItemKind.Module));
  });

  it('explains methods, operators, stages, constructors and fields', async () => {
    await begin();
    assert.match(await hovered('db.orders.fi|nd({})'), /find\(query\?, projection\?, options\?\)[^]*https:/);
    assert.match(await hovered('db.orders.find({ total: { $g|t: 1 } })'), /greater than[^]*\/query\/gt/);
    assert.match(await hovered('db.orders.aggregate([{ $gro|up: {} }])'), /\/aggregation\/group/);
    assert.match(await hovered('db.orders.find({ _id: Obje|ctId() })'), /ObjectId\(hex\?\)/);
    assert.match(await hovered('db.orders.find({ sta|tus: 1 })'), /status: string/);
  });

  it('shows what a method takes, and where one is in it', async () => {
    await begin();
    const { document, position } = await written('db.orders.updateOne({ a: 1 }, |');
    const help = await vscode.commands.executeCommand<vscode.SignatureHelp>(
      'vscode.executeSignatureHelpProvider',
      document.uri,
      position,
      '(',
    );
    const [signature] = help.signatures;
    assert.equal(signature?.label, 'updateOne(filter, update, options?)');
    assert.equal(help.activeParameter, 1);
    const { label } = signature.parameters[1] ?? assert.fail();
    assert.equal(signature.label.slice(...(label as [number, number])), 'update');
  });

  describe('a mark of syntax', () => {
    const errors = (uri: vscode.Uri): readonly vscode.Diagnostic[] =>
      vscode.languages
        .getDiagnostics(uri)
        .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    const ours = (uri: vscode.Uri): readonly string[] =>
      errors(uri)
        .filter(({ source }) => source === 'Cosmos Entra')
        .map(({ message, range }) => `${range.start.line}:${range.start.character} ${message}`);
    it('is there, and goes when it is mended', async () => {
      await begin();
      const { document } = await written("use('shop');\ndb.orders.find({ a: 1 );\n");
      await eventually(() => assert.deepEqual(ours(document.uri), ['2:22 ) cannot stand here.']));
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(2, 22), '}');
      await vscode.workspace.applyEdit(edit);
      await eventually(() => assert.deepEqual(ours(document.uri), []));
    });

    it('is not there twice where somebody has made it JavaScript, which VS Code checks', async () => {
      await begin();
      const { document } = await written('db.orders.find({ a: 1 );\n');
      await eventually(() => assert.equal(ours(document.uri).length, 1));
      await vscode.languages.setTextDocumentLanguage(document, 'javascript');
      await eventually(() =>
        assert.deepEqual(
          errors(document.uri).map(({ source }) => source),
          ['ts'],
        ),
      );
    });

    it('is there for what VS Code lets pass', async () => {
      await begin();
      const { document } = await written('db.orders.find({});\nreturn 3;\n');
      await vscode.languages.setTextDocumentLanguage(document, 'javascript');
      await eventually(() =>
        assert.deepEqual(ours(document.uri), ['2:0 There is no function here to return from.']),
      );
    });

    it('goes with its document', async () => {
      await begin();
      const { document } = await written('db.orders.find({});\nreturn 3;\n');
      await eventually(() => assert.equal(ours(document.uri).length, 1));
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await eventually(() => assert.deepEqual(ours(document.uri), []));
    });
  });

  it('leaves formatting to VS Code', async () => {
    await begin();
    const { document } = await written("use( 'shop' )\ndb.orders.find({a:1})\n");
    await eventually(async () => {
      await vscode.commands.executeCommand('editor.action.formatDocument');
      assert.equal(document.getText(), `${header}\nuse('shop')\ndb.orders.find({ a: 1 })\n`);
    });
  });
});
