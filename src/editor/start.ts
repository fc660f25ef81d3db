import * as vscode from 'vscode';
import type { Store } from '../core/clusters/discovery.ts';
import { openUnfinished } from '../core/playground/export/unfinished.ts';
import { openHistory } from '../core/playground/history.ts';
import { editorAccounts } from './accounts.ts';
import type { App } from './app.ts';
import { accessRequestLenses } from './asking/accessRequest.ts';
import { openAuditLog } from './audit/auditLog.ts';
import { openAzure } from './azure.ts';
import type { AccountsOf, Azure } from './azure.ts';
import { Collections } from './documents/collections.ts';
import { resourceDocuments } from './resourceDocuments.ts';
import { Examinations } from './doctor/examinations.ts';
import { explanationDocuments } from './explanations.ts';
import { FindingsView } from './findings/findingsView.ts';
import { keptIn } from './kept.ts';
import { openLog } from './log.ts';
import type { Log } from './log.ts';
import { editorPrompts } from './prompts.ts';
import { Playgrounds } from './playground/playgrounds.ts';
import type { FindingNode, TreeNode } from './node.ts';
import type { Prompts } from './prompts.ts';
import { isProtected } from './playground/protectedClusters.ts';
import { changesCloud, historySetting } from './settings.ts';
import { Shells } from './sessions/shells.ts';
import { keepFilter, keptFilter, statusOf } from './status.ts';
import { SessionsView } from './sessions/sessionsView.ts';
import { ClusterTree } from './tree.ts';

/** The people and things around the extension: the editor's own, or others in their place. */
export interface Surroundings {
  readonly prompts: Prompts;
  readonly log: Log;
  readonly accountsOf: AccountsOf;
}

export function editorSurroundings(): Surroundings {
  return { prompts: editorPrompts, log: openLog(), accountsOf: editorAccounts };
}

/** Wires the parts, when a view or a command first wants something. Nothing is asked of anybody here. */
export function start(
  context: vscode.ExtensionContext,
  view: vscode.TreeView<TreeNode>,
  findingsView: vscode.TreeView<FindingNode>,
  { prompts, log, accountsOf }: Surroundings,
): App {
  const kept = (memento: vscode.Memento): Store => keptIn(memento, (error) => log.error(error));
  const store = kept(context.globalState);

  const audit = openAuditLog(context.globalStorageUri, log);
  let current: Azure | undefined;
  const azure = (): Azure =>
    (current ??= openAzure(accountsOf, store, {
      events: {
        tokenAsked(event) {
          log.tokenAsked(event);
          audit.tokenAsked(event);
        },
        requestSent: (event) => log.requestSent(event),
      },
      record: audit,
      listed(news) {
        showState();
        tree.changed(news);
        findings.listed();
      },
      changing(key) {
        tree.operationChanged(key);
        findings.changing(key);
      },
      inside: (key) => tree.lists.insidersOf(key),
      looked: () => findings.changed(),
      sessionChanged(key) {
        tree.sessionChanged(key);
        sessions.changed(key);
        playgrounds.sessionChanged(key);
      },
    }));

  const tree = new ClusterTree(
    azure,
    () => showState(),
    (cluster) => isProtected(store, cluster),
  );
  const sessions = new SessionsView(azure, kept(context.workspaceState));
  const findings = new FindingsView(azure, store, findingsView);
  tree.filter = keptFilter(store);
  const status = statusOf(tree, view);
  const showState = (): void => {
    keepFilter(store, tree.filter);
    if (current !== undefined) status(current.discovery);
  };
  const documents = resourceDocuments();
  const explanations = explanationDocuments();
  const collections = new Collections(context, () => app);
  const reports = new Examinations(context, () => app);
  const shells = new Shells(prompts, log);
  const history = openHistory({
    folder: vscode.Uri.joinPath(context.globalStorageUri, 'playgrounds').fsPath,
    isOn: historySetting,
    trouble: (error) => log.error(error),
  });
  const unfinished = openUnfinished({
    folder: vscode.Uri.joinPath(context.globalStorageUri, 'exports').fsPath,
    trouble: (error) => log.error(error),
  });
  const playgrounds = new Playgrounds({
    azure,
    prompts,
    log,
    audit,
    store,
    files: collections.files,
    folder: context.extensionUri,
    unfinished,
  });
  const app: App = {
    prompts,
    log,
    audit,
    store,
    tree,
    view,
    sessions,
    findings,
    documents,
    explanations,
    reports,
    shells,
    collections,
    playgrounds,
    history,
    unfinished,
    azure,
    showState,
    signInsOffered: new Map(),
    async keepOnly(accounts) {
      current?.lookout.keepOnly(accounts);
      shells.keepOnly(accounts);
      collections.leave((gone) => accounts.some(({ id }) => id === gone));
      reports.keepOnly(accounts);
      current?.tokens.keepOnly(accounts);
      await current?.database.keepOnly(accounts);
    },
    async close() {
      await Promise.all([audit.flush(), history.flush(), current?.database.forget()]);
    },
  };

  context.subscriptions.push(
    tree,
    sessions,
    findings,
    tree.onDidChangeTreeData((rows) => {
      // A list of access may have grown by those whom the database alone knows.
      if (rows?.some((row) => row.kind === 'branch' && row.branch === 'access')) findings.changed();
    }),
    documents,
    explanations,
    accessRequestLenses(),
    reports,
    collections,
    log,
    audit,
    shells,
    playgrounds,
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (changesCloud(event)) {
        // Another cloud, or other people: what is shown belongs to nobody any more.
        current?.discovery.cancel();
        current?.lookout.forget();
        void current?.database.forget();
        current?.tokens.close();
        shells.keepOnly([]);
        current = undefined;
        findings.forget();
        collections.leave(() => false);
        reports.cloudChanged();
        playgrounds.forget();
        tree.forgetAccess();
        tree.refresh();
      } else if (event.affectsConfiguration('cosmosEntra.clusters.groupBy')) tree.refresh();
      else if (event.affectsConfiguration('cosmosEntra.findings')) findings.settingsChanged();
    }),
    vscode.authentication.onDidChangeSessions(({ provider }) => {
      // Before anybody has looked there is nothing that could be out of date.
      if (current === undefined || provider.id !== current.cloud.authenticationProvider) return;
      current.tokens.forget();
      current.directory.forget();
      current.permissions.forget();
      current.lookout.forget();
      const { discovery, tokens } = current;
      tokens
        .accounts()
        .then((accounts) => {
          discovery.keepOnly(accounts);
          return app.keepOnly(accounts);
        })
        // Whoever cannot be told from those who are gone goes with them.
        .catch(() => app.keepOnly([]));
      discovery.accountsChanged().catch((error: unknown) => log.error(error));
    }),
    {
      dispose() {
        current?.discovery.cancel();
        current?.lookout.stop();
        void current?.database.forget();
      },
    },
  );
  return app;
}
