import * as vscode from 'vscode';
import type { Audit } from '../../core/audit/audit.ts';
import { sameText } from '../../core/clusters/fields.ts';
import type { Store } from '../../core/clusters/discovery.ts';
import { speaksMongo } from '../../core/clusters/kinds.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { bindingIn } from '../../core/playground/header.ts';
import type { Binding } from '../../core/playground/header.ts';
import type { Unfinished } from '../../core/playground/export/unfinished.ts';
import type { Effect } from '../../core/playground/protection.ts';
import type { KnownNames, Names } from '../../core/playground/language/names.ts';
import { Runner } from '../../core/playground/runner.ts';
import type { Target } from '../../core/playground/run.ts';
import { Catalog } from '../../core/sessions/catalog.ts';
import type { MongoSessions } from '../../core/sessions/mongo.ts';
import type { Azure } from '../azure.ts';
import type { Log } from '../log.ts';
import { isPlayground, nameOf } from './files.ts';
import type { Prompts } from '../prompts.ts';
import { isProtected } from './protectedClusters.ts';
import { effectWords } from './protectionWords.ts';
import { PlaygroundRecord } from './record.ts';
import { openResultsView } from './resultsView.ts';
import type { ResultsHandlers, ResultsView } from './resultsView.ts';
import type { VirtualFiles } from '../documents/virtualFiles.ts';

/** The playground of a document, as long as that is open. */
export interface Playground {
  document: vscode.TextDocument;
  readonly runner: Runner;
  view: ResultsView | undefined;
  /** What somebody said to all that a run may want to change: to do it, or not. */
  allowsAll: boolean | undefined;
  /** The last question about that: one is asked at a time. */
  asked: Promise<unknown>;
  /** Its text when its last run began: lines are counted in that. */
  text: string;
  /** What its last run has changed. */
  effects: Effect[];
  readonly record: PlaygroundRecord;
}

/** What playgrounds need of the extension. */
export interface PlaygroundNeeds {
  readonly azure: () => Azure;
  readonly prompts: Prompts;
  readonly log: Log;
  readonly audit: Audit;
  readonly store: Store;
  readonly files: VirtualFiles;
  /** Where the extension is. */
  readonly folder: vscode.Uri;
  readonly unfinished: Pick<Unfinished, 'clear'>;
}

/** In milliseconds. */
const moving = 300;

function addressOf({ input }: vscode.Tab): string | undefined {
  return input instanceof vscode.TabInputText ? input.uri.toString() : undefined;
}

/** The playgrounds that are open, each with its process once it has run. */
export class Playgrounds implements vscode.Disposable {
  readonly #needs: PlaygroundNeeds;
  readonly #open = new Map<string, Playground>();
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #problems = vscode.languages.createDiagnosticCollection('cosmos-entra-run');
  readonly #subscriptions: vscode.Disposable[];
  #begun: Promise<void> | undefined;
  #names: { readonly sessions: MongoSessions; readonly known: KnownNames } | undefined;

  constructor(needs: PlaygroundNeeds) {
    this.#needs = needs;
    this.#subscriptions = [
      this.#changes,
      this.#problems,
      vscode.workspace.onDidCloseTextDocument((document) => {
        // A text whose language somebody changes is closed for a moment, and is not.
        setTimeout(() => document.isClosed && this.#leave(document));
      }),
      vscode.workspace.onDidSaveTextDocument((document) => this.#savedAs(document)),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        // A tab that moves is nowhere for a moment.
        if (closed.length > 0) setTimeout(() => this.#leaveClosed(closed), moving);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        // What was said of a line is not said of another one.
        if (contentChanges.length > 0 && isPlayground(document)) this.#problems.delete(document.uri);
      }),
    ];
  }

  /** Says what there is to say about playgrounds in their editors, once there is one. */
  begin(): Promise<void> {
    return (this.#begun ??= this.#begin());
  }

  async #begin(): Promise<void> {
    const [{ markPlaygrounds }, { formatPlaygrounds }, { registerPlaygroundLanguage }, { KnownNames }] =
      await Promise.all([
        import('./marks.ts'),
        import('./format.ts'),
        import('./language.ts'),
        import('../../core/playground/language/names.ts'),
      ]);
    const { azure, store, folder, unfinished } = this.#needs;
    void unfinished.clear();
    const names = (cluster: Cluster): Names => {
      const { database } = azure();
      if (this.#names?.sessions !== database)
        this.#names = { sessions: database, known: new KnownNames(new Catalog(database), database) };
      return this.#names.known.of(cluster);
    };
    this.#subscriptions.push(
      markPlaygrounds(this, store),
      formatPlaygrounds(),
      registerPlaygroundLanguage({
        bindingOf: (document) => this.targetOf(document),
        names,
        folder: vscode.Uri.joinPath(folder, 'dist'),
      }),
    );
  }

  /** A run began or ended, or what is known of a playground is otherwise. */
  get onDidChange(): vscode.Event<void> {
    return this.#changes.event;
  }

  get all(): readonly Playground[] {
    return [...this.#open.values()];
  }

  known(document: vscode.TextDocument): Playground | undefined {
    return this.#open.get(document.uri.toString());
  }

  of(document: vscode.TextDocument): Playground {
    const known = this.known(document);
    if (known !== undefined) return known;
    const made: Playground = {
      document,
      text: '',
      view: undefined,
      allowsAll: undefined,
      asked: Promise.resolve(),
      effects: [],
      record: new PlaygroundRecord(this.#needs.audit),
      runner: new Runner({
        entry: vscode.Uri.joinPath(this.#needs.folder, 'dist', 'playgroundRunner.mjs').fsPath,
        sessions: this.#needs.azure().database,
        permits: (target, effect) => this.#permits(made, target, effect),
        changing: (_, effect) => made.effects.push(effect),
        did: (target, deeds) => made.record.add(target, deeds),
        complained: (text) => this.#needs.log.complaint(text),
      }),
    };
    made.runner.onChange(() => {
      if (!made.runner.isAlive) made.record.close();
      this.#changes.fire();
    });
    this.#open.set(document.uri.toString(), made);
    return made;
  }

  /** The cluster that a playground's first line means, if it is listed; as whoever is signed in here. */
  targetOf(document: vscode.TextDocument): Target | undefined {
    const binding = bindingIn(document.lineAt(0).text);
    const cluster = binding === undefined ? undefined : this.#clusterOf(binding);
    return binding === undefined || cluster === undefined
      ? undefined
      : { cluster, database: binding.database };
  }

  /** What was known of databases is not so any more. */
  forgetNames(): void {
    this.#names?.known.forget();
  }

  /** Whether a cluster is protected, or what else is said of playgrounds, is otherwise: also for one that runs. */
  changed(): void {
    for (const { runner } of this.all)
      if (runner.run !== undefined) runner.protect(isProtected(this.#needs.store, runner.run.target.cluster));
    this.#changes.fire();
  }

  /** Opens the results of a playground beside it, or shows them where they are. */
  show(playground: Playground, handlers: Omit<ResultsHandlers, 'closed'>): void {
    const { document, runner, view } = playground;
    if (view !== undefined) return;
    playground.view = openResultsView({
      results: runner,
      title: nameOf(document),
      column: vscode.ViewColumn.Beside,
      folder: vscode.Uri.joinPath(this.#needs.folder, 'dist', 'webview'),
      files: this.#needs.files,
      log: this.#needs.log,
      handlers: { ...handlers, closed: () => (playground.view = undefined) },
    });
  }

  /** Marks the line that something is wrong with. */
  mark(document: vscode.TextDocument, line: number, text: string): void {
    const whole = document.lineAt(Math.min(line, document.lineCount - 1));
    const from = whole.firstNonWhitespaceCharacterIndex;
    const range = new vscode.Range(whole.lineNumber, from, whole.lineNumber, whole.text.length);
    const problem = new vscode.Diagnostic(range, text, vscode.DiagnosticSeverity.Error);
    problem.source = 'Cosmos Entra';
    this.#problems.set(document.uri, [problem]);
  }

  unmark(document: vscode.TextDocument): void {
    this.#problems.delete(document.uri);
  }

  /** A session that somebody closed, or that has gone with its account, is over for playgrounds too. */
  sessionChanged(key: string): void {
    if (this.#needs.azure().database.of(key) !== undefined) return;
    for (const { runner } of this.all) if (runner.run?.target.cluster.key === key) void runner.reset();
  }

  /** Another cloud: what ran in the one before is over. */
  forget(): void {
    for (const { runner, record, view } of this.all) {
      runner.dispose();
      record.close();
      view?.dispose();
    }
    this.#open.clear();
    this.#changes.fire();
  }

  dispose(): void {
    this.forget();
    for (const one of this.#subscriptions) one.dispose();
  }

  /** The editor keeps some texts for minutes that nobody has open: nothing runs in them. */
  #leaveClosed(closed: readonly vscode.Tab[]): void {
    const left = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).map(addressOf);
    for (const tab of closed) {
      const address = addressOf(tab);
      const playground = this.#open.get(address ?? '');
      if (playground !== undefined && !left.includes(address)) this.#leave(playground.document);
    }
  }

  #leave(document: vscode.TextDocument): void {
    const playground = this.known(document);
    this.#problems.delete(document.uri);
    if (playground === undefined) return;
    this.#open.delete(document.uri.toString());
    playground.view?.dispose();
    playground.runner.dispose();
    playground.record.close();
    this.#changes.fire();
  }

  /** What had no file is another text once it has: it says the same, and is nobody else's. */
  #savedAs(saved: vscode.TextDocument): void {
    if (!isPlayground(saved) || this.known(saved) !== undefined) return;
    const playground = this.all.find(
      ({ document }) => document.isUntitled && document.getText() === saved.getText(),
    );
    if (playground === undefined) return;
    this.#open.delete(playground.document.uri.toString());
    this.#problems.delete(playground.document.uri);
    playground.document = saved;
    playground.view?.call(nameOf(saved));
    this.#open.set(saved.uri.toString(), playground);
    this.#changes.fire();
  }

  #clusterOf({ cluster: name, account }: Binding): Cluster | undefined {
    const { discovery } = this.#needs.azure();
    const found = discovery.tenants
      .flatMap(({ clusters }) => clusters)
      .filter((cluster) => speaksMongo(cluster.kind) && sameText(cluster.name, name));
    const own = found.find((cluster) => sameText(cluster.caller.account.label, account));
    return own ?? (found.length === 1 ? found[0] : undefined);
  }

  #permits(playground: Playground, target: Target, effect: Effect): Promise<boolean> {
    const answer = playground.asked.then(() => this.#ask(playground, target, effect));
    playground.asked = answer.catch(() => undefined);
    return answer;
  }

  async #ask(playground: Playground, { cluster }: Target, effect: Effect): Promise<boolean> {
    if (playground.allowsAll !== undefined) return playground.allowsAll;
    const { question, detail } = effectWords(effect, cluster.name);
    const [once, all] = [vscode.l10n.t('Allow'), vscode.l10n.t('Allow All in This Run')];
    const pressed = await this.#needs.prompts.confirm(question, detail, [once, all]);
    // A run in which something was refused is over. What a script does after a run is asked about each time.
    if (playground.runner.isRunning && pressed !== once) playground.allowsAll = pressed === all;
    return pressed !== undefined;
  }
}
