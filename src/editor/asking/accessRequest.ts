import * as vscode from 'vscode';
import type { App } from '../app.ts';
import { fileScheme } from '../documents/virtualFiles.ts';

const folder = 'access-request';
const name = 'Access Request.md';

/**
 * A message for somebody else, in the clipboard and in a tab, where a sentence can be added to it. Nothing is changed,
 * and nobody is told. The tab is of a file in memory: an untitled one would ask at each close where to save it.
 */
export async function handOver({ collections, prompts }: App, text: string, told: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  const uri = collections.files.add(folder, name, {
    text,
    isReadonly: false,
    problems: () => [],
    async save(changed, asked) {
      if (asked) await copy(changed);
      return changed;
    },
  });
  await vscode.window.showTextDocument(uri, { preview: true });
  await prompts.tell('information', told, []);
}

/** Copies a message as it stands now, which is also what saves it: a tab that has been copied closes without a word. */
export async function copyAccessRequest(_: App, uri?: unknown): Promise<void> {
  const shown = vscode.window.activeTextEditor?.document;
  const wanted = uri instanceof vscode.Uri ? uri.toString() : shown?.uri.toString();
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === wanted);
  if (document === undefined || !isRequest(document.uri)) return;
  await copy(document.getText());
  if (document.isDirty) await document.save();
}

/** The way to copy it, above its first line. */
export function accessRequestLenses(): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(
    { scheme: fileScheme, pattern: `**/${name}` },
    {
      provideCodeLenses: ({ uri }) => [
        new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), {
          title: vscode.l10n.t('Copy'),
          command: 'cosmosEntra.copyAccessRequest',
          arguments: [uri],
        }),
      ],
    },
  );
}

function isRequest({ scheme, path }: vscode.Uri): boolean {
  return scheme === fileScheme && path.startsWith(`/${folder}/`);
}

async function copy(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
}
