import * as vscode from 'vscode';
import type { Cluster } from '../core/clusters/cluster.ts';
import { loadBson } from '../core/sessions/bson.ts';
import { everything, queryText } from '../core/sessions/documentQuery.ts';
import { listCollections, listDatabases } from '../core/sessions/documents.ts';
import type { Collection } from '../core/sessions/documents.ts';
import { Failure } from '../core/failure.ts';
import { placeFrom } from '../webview/protocol.ts';
import type { Place } from '../webview/protocol.ts';
import type { App } from './app.ts';
import { CollectionView } from './collectionView.ts';
import { DocumentTabs } from './documentTabs.ts';
import { waitFor } from './progress.ts';
import { clusterOf } from './targets.ts';
import { VirtualFiles } from './virtualFiles.ts';

const viewType = 'cosmosEntra.documents';

/** What a row of a collection says of it. */
export type CollectionNode = Pick<Place, 'key' | 'database' | 'collection'>;

/** The views of documents that are open, with the tabs that came of them. */
export class Collections implements vscode.Disposable {
  readonly files = new VirtualFiles();
  readonly #context: vscode.ExtensionContext;
  readonly #views = new Set<CollectionView>();
  readonly #app: () => App;
  readonly #tabs: DocumentTabs;

  constructor(context: vscode.ExtensionContext, app: () => App) {
    this.#context = context;
    this.#app = app;
    this.#tabs = new DocumentTabs(app, this.files, (at) => {
      for (const view of this.#views) if (isSame(view, at)) void view.refresh();
    });
  }

  get views(): readonly CollectionView[] {
    return [...this.#views];
  }

  /** The view of a collection, or the one that is open already. */
  async open(at: Collection): Promise<void> {
    const known = this.views.find((view) => isSame(view, at));
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const place = {
      key: at.cluster.key,
      database: at.database,
      collection: at.collection,
      query: queryText(await loadBson(), everything),
    };
    const panel = vscode.window.createWebviewPanel(viewType, at.collection, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    await this.#show(panel, place).connect();
  }

  /** A panel as it was before the window was reloaded: it asks nobody anything until somebody presses its button. */
  revive(panel: vscode.WebviewPanel, kept: unknown): void {
    const place = placeFrom(kept);
    if (place === undefined) panel.dispose();
    else this.#show(panel, place);
  }

  /** Saves the document in the tab that is open, when its person has seen what that changes. */
  save(uri: vscode.Uri | undefined): Promise<void> {
    return this.#tabs.save(uri ?? vscode.window.activeTextEditor?.document.uri);
  }

  /** Closes what belongs to people who are here no more, or to another cloud. */
  leave(isHere: (accountId: string) => boolean): void {
    for (const view of this.#views)
      if (view.cluster !== undefined && !isHere(view.cluster.caller.account.id)) view.dispose();
    this.#tabs.leave(isHere);
  }

  dispose(): void {
    for (const view of this.#views) view.dispose();
    this.files.dispose();
  }

  #show(panel: vscode.WebviewPanel, place: Place): CollectionView {
    const view = new CollectionView({
      app: this.#app,
      panel,
      place,
      files: this.files,
      tabs: this.#tabs,
      folder: vscode.Uri.joinPath(this.#context.extensionUri, 'dist', 'webview'),
      closed: () => this.#views.delete(view),
    });
    this.#views.add(view);
    return view;
  }
}

/** Shows the documents of the collection of a row, or of one that the person picks. */
export async function openDocuments(app: App, node?: Partial<CollectionNode>): Promise<void> {
  const cluster =
    node?.key === undefined
      ? await clusterOf(app, undefined, vscode.l10n.t('The documents of which cluster?'))
      : app.tree.cluster(node.key);
  if (cluster === undefined) return;
  const database = node?.database ?? (await databaseOf(app, cluster));
  if (database === undefined) return;
  const collection = node?.collection ?? (await collectionOf(app, cluster, database));
  if (collection === undefined) return;
  await app.collections.open({ cluster, database, collection });
}

async function databaseOf(app: App, cluster: Cluster): Promise<string | undefined> {
  const names = await asked(
    app,
    cluster,
    vscode.l10n.t('Listing the databases of {0}…', cluster.name),
    (signal) => listDatabases(app.azure().database, cluster, signal),
  );
  if (names.length === 0) {
    await app.prompts.tell('information', vscode.l10n.t('{0} has no databases yet.', cluster.name), []);
    return undefined;
  }
  const question = vscode.l10n.t('Which database of {0}?', cluster.name);
  return app.prompts.pick(
    names.map((value) => ({ label: value, iconPath: new vscode.ThemeIcon('database'), value })),
    question,
  );
}

async function collectionOf(app: App, cluster: Cluster, database: string): Promise<string | undefined> {
  const found = await asked(
    app,
    cluster,
    vscode.l10n.t('Listing the collections of {0}…', database),
    (signal) => listCollections(app.azure().database, { cluster, database }, signal),
  );
  return app.prompts.pick(
    found.map(({ name, isView }) => ({
      label: name,
      iconPath: new vscode.ThemeIcon(isView ? 'eye' : 'table'),
      ...(isView ? { description: vscode.l10n.t('view') } : {}),
      value: name,
    })),
    vscode.l10n.t('Which collection of {0}?', database),
  );
}

/** The database's answer; the person is asked to sign in where it takes that. */
async function asked<T>(
  app: App,
  cluster: Cluster,
  title: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await waitFor(title, ask);
  } catch (error) {
    if (!needsSignIn(Failure.from(error))) throw error;
    await app.azure().database.signIn(cluster);
    return waitFor(title, ask);
  }
}

function needsSignIn({ code }: Failure): boolean {
  return code === 'signInNeeded' || code === 'stepUpNeeded';
}

function isSame({ place }: CollectionView, { cluster, database, collection }: Collection): boolean {
  return place.key === cluster.key && place.database === database && place.collection === collection;
}
