import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { Failure } from '../../core/failure.ts';
import { loadBson } from '../../core/sessions/bson.ts';
import { Catalog } from '../../core/sessions/catalog.ts';
import { bindingIn, databaseAt, headerLength, headerOf } from '../../core/playground/header.ts';
import type { Binding } from '../../core/playground/header.ts';
import { pastOfOutcome } from '../../core/playground/history.ts';
import { lineNow } from '../../core/playground/lineNow.ts';
import type { Effect } from '../../core/playground/protection.ts';
import type { Outcome, Run, Statement, Target } from '../../core/playground/run.ts';
import type { App } from '../app.ts';
import { queryOf } from '../sessions/databases.ts';
import { exportResult } from './exportResult.ts';
import { messageOf } from '../messages.ts';
import { openSession, sessionClusterOf } from '../sessions/openSession.ts';
import { isPlayground, nameOf, plain, playgroundHere, playgroundLanguage } from './files.ts';
import type { Playground } from './playgrounds.ts';
import { syntaxWords } from './syntaxMarks.ts';
import { nameOf as idName } from '../documents/previews.ts';
import type { Node } from '../node.ts';
import { onlyText } from '../onlyText.ts';
import { isProtected } from './protectedClusters.ts';
import { waitFor } from '../progress.ts';
import { listed } from '../targets.ts';

/** A new playground about what a row shows, or about the cluster that the person picks. */
export async function newPlayground(app: App, node?: Node): Promise<void> {
  const cluster = await sessionClusterOf(app, node, vscode.l10n.t('A playground at which cluster?'));
  if (cluster === undefined) return;
  const database = node !== undefined && 'database' in node ? node.database : await anyDatabase(app, cluster);
  const query = node === undefined ? undefined : queryOf(node);
  await openPlayground(app, bindingTo({ cluster, database }), query ?? 'db.getCollectionNames();');
}

/** Opens a playground with this text below its first line. */
export async function openPlayground(app: App, binding: Binding, text: string): Promise<void> {
  const uri = await unusedName(app);
  const document = await vscode.workspace.openTextDocument(uri);
  const { activeTextEditor: active, visibleTextEditors: visible } = vscode.window;
  // Whoever is in results keeps them in sight.
  const other = active ?? visible.find((one) => isPlayground(one.document));
  const editor = await vscode.window.showTextDocument(
    await vscode.languages.setTextDocumentLanguage(document, playgroundLanguage),
    { viewColumn: other?.viewColumn ?? vscode.ViewColumn.Active, preview: false },
  );
  await onlyText(editor, `${headerOf(binding)}\n\n${text.trim()}\n`);
  const end = new vscode.Position(2, 0);
  editor.selection = new vscode.Selection(end, end);
}

async function unusedName({ playgrounds }: App): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  // Whoever saves it takes nobody's file for it.
  const files =
    folder === undefined
      ? []
      : await vscode.workspace.fs.readDirectory(folder).then(
          (all) => all,
          () => [],
        );
  const taken = new Set([...vscode.workspace.textDocuments.map(nameOf), ...files.map(([name]) => name)]);
  for (let number = playgrounds.all.length + 1; ; number++) {
    const name = `playground-${number}.mongodb.js`;
    if (taken.has(name)) continue;
    // A name without a place is asked for one when it is saved.
    return folder === undefined || folder.scheme !== 'file'
      ? vscode.Uri.from({ scheme: 'untitled', path: name })
      : vscode.Uri.joinPath(folder, name).with({ scheme: 'untitled' });
  }
}

/** All statements of the playground in the active editor. */
export async function runPlayground(app: App, given?: unknown): Promise<void> {
  const document = await documentFor(app, given);
  if (document !== undefined) await run(app, document, 'all');
}

/** What is selected, or the statement that the cursor is in; or the one that begins at a place in the text. */
export async function runStatement(app: App, given?: unknown, at?: unknown): Promise<void> {
  const document = await documentFor(app, given);
  if (document === undefined) return;
  const place = typeof at === 'number' ? document.positionAt(at) : undefined;
  const selection = place === undefined ? editorOf(document)?.selection : new vscode.Selection(place, place);
  if (selection !== undefined) await run(app, document, selection);
}

export async function stopPlayground(app: App, given?: unknown): Promise<void> {
  const document = documentOf(given);
  const own = document === undefined ? undefined : app.playgrounds.known(document);
  const running = [own, ...app.playgrounds.all].find((one) => one?.runner.isRunning === true);
  if (running === undefined)
    await app.prompts.tell('information', vscode.l10n.t('No playground is running.'), []);
  await running?.runner.stop();
}

/** Forgets the variables of a playground. */
export async function resetPlayground(app: App, given?: unknown): Promise<void> {
  const document = await documentFor(app, given);
  if (document === undefined) return;
  await app.playgrounds.known(document)?.runner.reset();
  vscode.window.setStatusBarMessage(vscode.l10n.t('The playground’s variables are gone.'), 3000);
}

/** Another cluster or database for a playground: its first line says which. */
export async function choosePlaygroundTarget(app: App, given?: unknown): Promise<void> {
  const document = await documentFor(app, given);
  if (document !== undefined) await choose(app, document);
}

export async function showPlaygroundResults(app: App, given?: unknown): Promise<void> {
  const document =
    documentOf(given) ?? app.playgrounds.all.at(-1)?.document ?? (await documentFor(app, given));
  if (document === undefined) return;
  const playground = app.playgrounds.of(document);
  show(app, playground);
  playground.view?.reveal();
}

/** The documents that a statement came to, as a file. */
export async function exportPlaygroundResult(app: App, given?: unknown, id?: unknown): Promise<void> {
  const document = documentOf(given);
  const playground = document === undefined ? app.playgrounds.all.at(-1) : app.playgrounds.known(document);
  const outcomes = playground?.runner.run?.outcomes.filter(({ value }) => value.kind === 'documents') ?? [];
  if (playground === undefined || outcomes.length === 0) {
    const text = vscode.l10n.t('There is no result to export. Run a statement that finds documents first.');
    await app.prompts.tell('information', text, []);
    return;
  }
  const chosen = typeof id === 'number' ? id : await pickOutcome(app, outcomes);
  if (chosen !== undefined) await exportResult(app, playground.runner, chosen);
}

async function pickOutcome({ prompts }: App, outcomes: readonly Outcome[]): Promise<number | undefined> {
  const [only] = outcomes;
  if (outcomes.length === 1) return only?.id;
  const choices = outcomes.toReversed().map(({ id, statement }) => ({
    label: plain(statement.text.split('\n')[0] ?? ''),
    description: vscode.l10n.t('line {0}', statement.line + 1),
    value: id,
  }));
  return prompts.pick(choices, vscode.l10n.t('Export the result of which statement?'));
}

function documentOf(given: unknown): vscode.TextDocument | undefined {
  if (!(given instanceof vscode.Uri)) return playgroundHere();
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === given.toString());
  return document !== undefined && isPlayground(document) ? document : undefined;
}

/** The playground that is meant; where none is, it is said what to do. */
async function documentFor({ prompts }: App, given: unknown): Promise<vscode.TextDocument | undefined> {
  const document = documentOf(given);
  if (document !== undefined) return document;
  const make = vscode.l10n.t('New Playground');
  const text = vscode.l10n.t(
    'There is no playground in the active editor. Open a file whose name ends in .mongodb.js, or make a new playground.',
  );
  if ((await prompts.tell('information', text, [make])) === make)
    await vscode.commands.executeCommand('cosmosEntra.newPlayground');
  return undefined;
}

/** The editor that somebody is in, where several show the same. */
function editorOf(document: vscode.TextDocument): vscode.TextEditor | undefined {
  const { activeTextEditor: active, visibleTextEditors: visible } = vscode.window;
  return active?.document === document ? active : visible.find((one) => one.document === document);
}

async function run(app: App, document: vscode.TextDocument, what: 'all' | vscode.Selection): Promise<void> {
  if (!(await mayRun(app))) return;
  const playground = app.playgrounds.of(document);
  if (playground.runner.isRunning) {
    const stop = vscode.l10n.t('Stop It');
    const text = vscode.l10n.t('{0} is running. Stop it, or wait until it is done.', nameOf(document));
    if ((await app.prompts.tell('information', text, [stop])) === stop) await playground.runner.stop();
    return;
  }
  const text = document.getText();
  const chosen = await statementsFor(app, document, what);
  if (chosen === undefined) return;
  const target = await enter(app, document);
  if (target === undefined) return;
  const { statements, before } = chosen;
  const [first] = statements;
  const database = databaseAt(before, first?.line ?? 0, target.database);
  playground.text = text;
  await carryOut(app, playground, { ...target, database }, statements);
}

/** What a workspace brings is run only where somebody trusts it. */
async function mayRun({ prompts }: App): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Trust');
  const text = vscode.l10n.t(
    'Playgrounds run code, and you have not said that you trust this workspace. Nothing was run.',
  );
  if ((await prompts.tell('error', text, [manage])) === manage)
    await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

async function statementsFor(
  app: App,
  document: vscode.TextDocument,
  what: 'all' | vscode.Selection,
): Promise<{ readonly statements: readonly Statement[]; readonly before: readonly Statement[] } | undefined> {
  const { statementAt, statementsOf } = await import('../../core/playground/language/statements.ts');
  const whole = statementsOf(document.getText());
  const tell = async (text: string): Promise<undefined> => {
    await app.prompts.tell('information', text, []);
  };
  if (what === 'all') {
    const { statements, problem } = whole;
    if (problem !== undefined) return wrong(app, document, problem.line, syntaxWords(problem));
    if (statements.length > 0) return { statements, before: [] };
    return tell(
      vscode.l10n.t(
        'There is nothing in this playground to run yet. Write a statement below its first line.',
      ),
    );
  }
  if (what.isEmpty) {
    const offset = document.offsetAt(what.active);
    const statement = statementAt(whole.statements, { line: what.active.line, offset });
    if (statement !== undefined) return { statements: [statement], before: whole.statements };
    const { problem } = whole;
    if (problem !== undefined) return wrong(app, document, problem.line, syntaxWords(problem));
    return tell(vscode.l10n.t('The cursor is in no statement. Put it in one, or select what is to be run.'));
  }
  const { statements, problem } = statementsOf(document.getText(what));
  const { line } = what.start;
  if (problem !== undefined) return wrong(app, document, line + problem.line, syntaxWords(problem));
  const moved = statements.map((one) => ({ ...one, line: one.line + line, lastLine: one.lastLine + line }));
  return moved.length > 0
    ? { statements: moved, before: whole.statements }
    : tell(vscode.l10n.t('There is no statement in what is selected.'));
}

async function wrong(
  app: App,
  document: vscode.TextDocument,
  line: number,
  text: string,
): Promise<undefined> {
  const go = vscode.l10n.t('Go to Line {0}', line + 1);
  const said = vscode.l10n.t('Line {0}: {1} Nothing was run.', line + 1, text);
  if ((await app.prompts.tell('error', said, [go])) === go) await goTo(document, line);
}

/** The target of a playground, with a session: whatever is missing is asked for. */
async function enter(app: App, document: vscode.TextDocument): Promise<Target | undefined> {
  const target = (await listedTarget(app, document)) ?? (await choose(app, document));
  if (target === undefined) return undefined;
  const { database } = app.azure();
  const { key } = target.cluster;
  if (database.of(key) === undefined) await openSession(app, { kind: 'cluster', key });
  return database.of(key) === undefined ? undefined : target;
}

async function listedTarget(app: App, document: vscode.TextDocument): Promise<Target | undefined> {
  const known = app.playgrounds.targetOf(document);
  if (known !== undefined || bindingIn(document.getText()) === undefined) return known;
  await listed(app);
  return app.playgrounds.targetOf(document);
}

async function choose(app: App, document: vscode.TextDocument): Promise<Target | undefined> {
  // What is not listed yet is not missing.
  await listed(app);
  const question = questionOf(app, document, bindingIn(document.getText()));
  const cluster = await sessionClusterOf(app, undefined, question);
  if (cluster === undefined) return undefined;
  const { database: sessions } = app.azure();
  if (sessions.of(cluster.key) === undefined) await openSession(app, { kind: 'cluster', key: cluster.key });
  if (sessions.of(cluster.key) === undefined) return undefined;
  const database = await pickDatabase(app, cluster);
  if (database === undefined) return undefined;
  const target = { cluster, database };
  await writeHeader(document, bindingTo(target));
  return target;
}

function questionOf(
  { playgrounds }: App,
  document: vscode.TextDocument,
  binding: Binding | undefined,
): string {
  if (binding === undefined) return vscode.l10n.t('Run this playground at which cluster?');
  const { cluster, account } = binding;
  return playgrounds.targetOf(document) === undefined
    ? vscode.l10n.t('You see no cluster {0} here that speaks MongoDB. Run it at which cluster?', cluster)
    : vscode.l10n.t('It runs at {0} as {1}. Run it at which cluster?', cluster, account);
}

async function pickDatabase(app: App, cluster: Cluster): Promise<string | undefined> {
  const names = await waitFor(vscode.l10n.t('Listing the databases of {0}…', cluster.name), (signal) =>
    new Catalog(app.azure().database).databases(cluster, signal),
  );
  const other = vscode.l10n.t('Another Name…');
  const picked = await app.prompts.pick(
    [...names.map((name) => ({ label: plain(name), value: name })), { label: other, value: '' }],
    vscode.l10n.t('In which database?'),
  );
  if (picked !== '') return picked;
  return app.prompts.type({
    title: other,
    question: vscode.l10n.t('The database comes with its first collection.'),
    problem: (text) =>
      /^[^\s/\\."$*<>:|?]+$/.test(text) ? undefined : vscode.l10n.t('This is no name for a database.'),
  });
}

/** The first database there is, where that is known without asking anybody to wait for a session. */
async function anyDatabase(app: App, cluster: Cluster): Promise<string> {
  const { database } = app.azure();
  if (database.of(cluster.key) === undefined) return 'test';
  const names = await new Catalog(database).databases(cluster).catch(() => []);
  return names[0] ?? 'test';
}

function bindingTo({ cluster, database }: Target): Binding {
  return { cluster: cluster.name, database, account: cluster.caller.account.label };
}

async function writeHeader(document: vscode.TextDocument, binding: Binding): Promise<void> {
  const length = headerLength(document.getText());
  const edit = new vscode.WorkspaceEdit();
  const header = headerOf(binding);
  edit.replace(
    document.uri,
    new vscode.Range(new vscode.Position(0, 0), document.positionAt(length)),
    length === 0 ? `${header}\n\n` : header,
  );
  await vscode.workspace.applyEdit(edit);
}

async function carryOut(
  app: App,
  playground: Playground,
  target: Target,
  statements: readonly Statement[],
): Promise<void> {
  const { document, runner } = playground;
  app.playgrounds.unmark(document);
  playground.allowsAll = undefined;
  playground.effects = [];
  show(app, playground);
  const hadVariables = runner.isAlive;
  try {
    const done = await runner.start(target, statements, {
      isProtected: isProtected(app.store, target.cluster),
      file: fileOf(document),
    });
    remember(app, done);
    tellOf(app, playground, done, hadVariables);
  } finally {
    playground.allowsAll = undefined;
    playground.record.close();
    showChanges(app, target, playground.effects);
  }
}

function remember({ history }: App, run: Run): void {
  for (const outcome of run.outcomes) {
    const past = pastOfOutcome(run, outcome);
    if (past !== undefined) history.add(past);
  }
}

/** What a run has changed is read again by whoever shows it. */
function showChanges(app: App, { cluster: { key } }: Target, effects: readonly Effect[]): void {
  if (effects.length === 0) return;
  app.playgrounds.forgetNames();
  app.tree.databases.forget(key);
  app.tree.refresh(app.tree.databasesNode(key));
  for (const view of app.collections.views) {
    const { key: its, database, collection } = view.place;
    const isChanged = effects.some(
      (effect) =>
        effect.database === database && (effect.collection === undefined || effect.collection === collection),
    );
    if (its === key && isChanged) void view.refresh();
  }
}

function tellOf(
  { playgrounds }: App,
  { document, runner, text }: Playground,
  { outcomes }: Run,
  hadVariables: boolean,
): void {
  const failed = outcomes.find(({ problem }) => problem !== undefined);
  if (failed?.problem === undefined) return;
  const { failure, line = failed.statement.line } = failed.problem;
  if (failure.code === 'cancelled') {
    if (hadVariables && !runner.isAlive)
      vscode.window.setStatusBarMessage(
        vscode.l10n.t('Stopped. The script did not end by itself, so its variables are gone.'),
        8000,
      );
    return;
  }
  // Somebody may have gone on writing: what is said of a line is not said of another one.
  const place = lineNow(text, document.getText(), line);
  if (place !== undefined) playgrounds.mark(document, place, messageOf(new Failure(failure)).long);
}

function show(app: App, playground: Playground): void {
  // Its document is another one once it has been saved under a name.
  app.playgrounds.show(playground, {
    goTo: (line) => {
      const { document, text } = playground;
      void goTo(document, lineNow(text, document.getText(), line) ?? line);
    },
    stop: () => void playground.runner.stop(),
    export: (outcome) =>
      void vscode.commands.executeCommand('cosmosEntra.exportResult', playground.document.uri, outcome),
    edit: (outcome, row) => editRow(app, playground.runner.run, outcome, row),
  });
}

async function editRow(app: App, run: Run | undefined, id: number, row: number): Promise<void> {
  const value = run?.outcomes.find((outcome) => outcome.id === id)?.value;
  if (run === undefined || value?.kind !== 'documents' || value.place === undefined) return;
  const bson = await loadBson();
  const documentId = value.rows.document(bson, row).get('_id');
  if (documentId === undefined) return;
  const at = { cluster: run.target.cluster, ...value.place };
  await app.collections.edit(at, documentId, idName(bson, documentId));
}

async function goTo(document: vscode.TextDocument, line: number): Promise<void> {
  const column = editorOf(document)?.viewColumn;
  const selection = new vscode.Range(line, 0, line, 0);
  await vscode.window.showTextDocument(document, {
    selection,
    ...(column === undefined ? {} : { viewColumn: column }),
  });
}

/** Where a playground is, or would be: what it loads is beside it. */
function fileOf({ uri }: vscode.TextDocument): string {
  const isOfDisk = uri.scheme === 'file' || uri.scheme === 'untitled';
  if (isOfDisk && uri.path.startsWith('/')) return uri.fsPath;
  const folder = vscode.workspace.workspaceFolders?.find(({ uri: { scheme } }) => scheme === 'file')?.uri;
  return vscode.Uri.joinPath(folder ?? vscode.Uri.file('/'), nameOf({ uri })).fsPath;
}
