import * as vscode from 'vscode';

/** Read-only editors with what ARM said of a resource. The address is the resource's id and nothing more. */
export function resourceDocuments(): vscode.Disposable & {
  open(id: string, read: () => Promise<unknown>): Promise<void>;
} {
  const scheme = 'cosmos-entra';
  const readers = new Map<string, () => Promise<unknown>>();
  const changes = new vscode.EventEmitter<vscode.Uri>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: changes.event,
    async provideTextDocumentContent(uri) {
      const resource = await readers.get(uri.path)?.();
      return resource === undefined
        ? vscode.l10n.t('Open this resource again from the Clusters view.')
        : `${JSON.stringify(resource, undefined, 2)}\n`;
    },
  });
  return {
    async open(id, read) {
      const uri = vscode.Uri.from({ scheme, path: `${id.startsWith('/') ? id : `/${id}`}.json` });
      // Read before anything opens, so that a failure is a message and not an editor full of it.
      let first: unknown = await read();
      readers.set(uri.path, () => {
        const answer = first === undefined ? read() : Promise.resolve(first);
        first = undefined;
        return answer;
      });
      changes.fire(uri);
      await vscode.window.showTextDocument(uri, { preview: true });
    },
    dispose() {
      registration.dispose();
      changes.dispose();
    },
  };
}
