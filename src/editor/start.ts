import * as vscode from 'vscode';
import type { Store } from './core/clusters/discovery.ts';
import { editorAccounts } from './editor/accounts.ts';
import type { App } from './editor/app.ts';
import { openAzure } from './editor/azure.ts';
import type { AccountsOf, Azure } from './editor/azure.ts';
import { registerCommands } from './editor/commands.ts';
import { resourceDocuments } from './editor/documents.ts';
import { openLog } from './editor/log.ts';
import type { Log } from './editor/log.ts';
import { editorPrompts } from './editor/prompts.ts';
import type { Prompts } from './editor/prompts.ts';
import { changesCloud } from './editor/settings.ts';
import { keepFilter, keptFilter, statusOf } from './editor/status.ts';
import { ClusterTree } from './editor/tree.ts';

export function activate(context: vscode.ExtensionContext): void {
  start(context, { prompts: editorPrompts, log: openLog(), accountsOf: editorAccounts });
}

/** The people and things around the extension: the editor's own, or others in their place. */
export interface Surroundings {
  readonly prompts: Prompts;
  readonly log: Log;
  readonly accountsOf: AccountsOf;
}

/** Wires the parts. Nothing is asked of anybody until a view or a command wants it. */
export function start(context: vscode.ExtensionContext, { prompts, log, accountsOf }: Surroundings): App {
  const store: Store = {
    get: (key) => context.globalState.get(key),
    set: (key, value) => void context.globalState.update(key, value),
  };

  let current: Azure | undefined;
  const azure = (): Azure =>
    (current ??= openAzure(accountsOf, store, log, (change) => {
      showState();
      tree.changed(change);
    }));

  const tree = new ClusterTree(azure);
  const view = vscode.window.createTreeView('cosmosEntra.clusters', {
    treeDataProvider: tree,
    showCollapseAll: true,
    canSelectMany: true,
  });
  tree.filter = keptFilter(store);
  const status = statusOf(tree, view);
  const showState = (): void => {
    keepFilter(store, tree.filter);
    if (current !== undefined) status(current.discovery);
  };
  const documents = resourceDocuments();
  const app: App = { prompts, log, tree, view, documents, azure, showState };

  context.subscriptions.push(
    view,
    tree,
    documents,
    log,
    ...registerCommands(app),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (changesCloud(event)) {
        // Another cloud, or other people: what is shown belongs to nobody any more.
        current?.discovery.cancel();
        current = undefined;
        tree.forgetAccess();
        tree.refresh();
      } else if (event.affectsConfiguration('cosmosEntra.clusters.groupBy')) tree.refresh();
    }),
    vscode.authentication.onDidChangeSessions(({ provider }) => {
      // Before anybody has looked there is nothing that could be out of date.
      if (current === undefined || provider.id !== current.cloud.authenticationProvider) return;
      current.tokens.forget();
      current.directory.forget();
      current.discovery.accountsChanged().catch((error: unknown) => log.error(error));
    }),
    { dispose: () => current?.discovery.cancel() },
  );
  return app;
}
