import { createRequire } from 'node:module';
import type { Disposable, ExtensionContext, FileChangeEvent, TextDocument, TreeView } from 'vscode';
import type { App } from './editor/app.ts';
import type { FindingNode, SessionNode, TreeNode } from './editor/node.ts';

/**
 * Not imported: for an import VS Code writes a module with an export for each name of its API and has that compiled,
 * which takes longer than all else of an activation.
 */
const vscode = createRequire(import.meta.filename)('vscode') as typeof import('vscode');

export function activate(context: ExtensionContext): void {
  register(context, async (view, findings) => {
    const { editorSurroundings, start } = await import('./editor/start.ts');
    return start(context, view, findings, editorSurroundings());
  });
}

/** What VS Code waits for when a window closes: it hands over nothing to call it on. */
let close: (() => Promise<void>) | undefined;

export function deactivate(): Promise<void> | undefined {
  return close?.();
}

/** Registers what the manifest promises; all else is read when somebody first wants something of it. */
export function register(
  context: ExtensionContext,
  start: (view: TreeView<TreeNode>, findings: TreeView<FindingNode>) => Promise<App>,
): { readonly app: () => Promise<App> } {
  const changes = new vscode.EventEmitter<TreeNode[] | undefined>();
  let opened: App | undefined;
  let opening: Promise<App> | undefined;
  const app = (): Promise<App> =>
    (opening ??= start(view, findings).then((started) => {
      opened = started;
      context.subscriptions.push(
        started.tree.onDidChangeTreeData((nodes) => changes.fire(nodes)),
        started.sessions.onDidChangeTreeData(() => sessionChanges.fire(undefined)),
        started.findings.onDidChangeTreeData(() => findingChanges.fire(undefined)),
      );
      return started;
    }));

  close = async () => (await opening)?.close();

  const view: TreeView<TreeNode> = vscode.window.createTreeView('cosmosEntra.clusters', {
    treeDataProvider: {
      onDidChangeTreeData: changes.event,
      getChildren: async (node) => (await app()).tree.getChildren(node),
      // Whoever has a row has asked for the children of what is above it.
      getTreeItem: async (node) => (opened ?? (await app())).tree.getTreeItem(node),
      getParent: (node) => opened?.tree.getParent(node),
    },
    showCollapseAll: true,
    canSelectMany: true,
  });
  const sessionChanges = new vscode.EventEmitter<SessionNode[] | undefined>();
  const sessions = vscode.window.createTreeView<SessionNode>('cosmosEntra.sessions', {
    treeDataProvider: {
      onDidChangeTreeData: sessionChanges.event,
      getChildren: async (node) => (await app()).sessions.getChildren(node),
      getTreeItem: async (node) => (await app()).sessions.getTreeItem(node),
    },
  });
  const findingChanges = new vscode.EventEmitter<FindingNode[] | undefined>();
  const findings: TreeView<FindingNode> = vscode.window.createTreeView('cosmosEntra.findings', {
    treeDataProvider: {
      onDidChangeTreeData: findingChanges.event,
      getChildren: async (node) => (await app()).findings.getChildren(node),
      getTreeItem: async (node) => (await app()).findings.getTreeItem(node),
    },
    canSelectMany: true,
  });
  const fileChanges = new vscode.EventEmitter<FileChangeEvent[]>();
  const files = async (): Promise<App['collections']['files']> => {
    const { collections } = await app();
    isHeard ??= collections.files.onDidChangeFile((events) => fileChanges.fire(events));
    return collections.files;
  };
  let isHeard: Disposable | undefined;
  const refused = (): never => {
    throw vscode.FileSystemError.NoPermissions();
  };
  // Its own id, and no import: nothing is read before there is a playground.
  const seen = ({ languageId, fileName }: TextDocument): void => {
    if (languageId !== 'cosmos-entra-playground' && !fileName.endsWith('.mongodb.js')) return;
    void app().then(({ playgrounds }) => playgrounds.begin());
  };
  for (const document of vscode.workspace.textDocuments) seen(document);
  const { commands } = (context.extension.packageJSON as Manifest).contributes;
  context.subscriptions.push(
    view,
    changes,
    sessions,
    sessionChanges,
    findings,
    findingChanges,
    fileChanges,
    vscode.workspace.onDidOpenTextDocument(seen),
    vscode.workspace.registerFileSystemProvider('cosmos-entra-documents', {
      onDidChangeFile: fileChanges.event,
      watch: () => ({ dispose: () => undefined }),
      stat: async (uri) => (await files()).stat(uri),
      readFile: async (uri) => (await files()).readFile(uri),
      writeFile: async (uri, bytes) => (await files()).writeFile(uri, bytes),
      readDirectory: () => [],
      createDirectory: refused,
      delete: refused,
      rename: refused,
    }),
    vscode.window.registerWebviewPanelSerializer('cosmosEntra.documents', {
      deserializeWebviewPanel: async (panel, kept) => (await app()).collections.revive(panel, kept),
    }),
    vscode.window.registerWebviewPanelSerializer('cosmosEntra.report', {
      deserializeWebviewPanel: async (panel, kept) => (await app()).reports.revive(panel, kept),
    }),
    vscode.window.registerWebviewPanelSerializer('cosmosEntra.results', {
      // What it showed has gone with the window: an empty pane would be left of it.
      deserializeWebviewPanel: (panel) => Promise.resolve(panel.dispose()),
    }),
    ...commands.map(({ command }) =>
      vscode.commands.registerCommand(command, async (...given: unknown[]) => {
        const [{ runCommand }, started] = await Promise.all([import('./editor/commands.ts'), app()]);
        await runCommand(started, command, given);
      }),
    ),
  );
  return { app };
}

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}
