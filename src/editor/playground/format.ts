import * as vscode from 'vscode';
import { playgroundLanguage } from './files.ts';

const scheme = 'cosmos-entra-format';
/** So often, and so many milliseconds after each other, somebody is asked to format. */
const mostTries = 20;
const pause = 250;

/**
 * Formats playgrounds as JavaScript, by whatever formats that here: a copy of the text is a file of that language,
 * and what is said of it holds for the playground.
 */
export function formatPlaygrounds(): vscode.Disposable {
  const texts = new Map<string, string>();
  let count = 0;
  const asJavaScript = async (
    document: vscode.TextDocument,
    ask: (uri: vscode.Uri) => Thenable<vscode.TextEdit[] | undefined>,
  ): Promise<vscode.TextEdit[]> => {
    const uri = vscode.Uri.from({ scheme, path: `/${++count}.js` });
    texts.set(uri.path, document.getText());
    try {
      await vscode.workspace.openTextDocument(uri);
      for (let tries = 0; tries < mostTries; tries++) {
        const edits = await ask(uri);
        if (edits !== undefined) return edits;
        // Whoever was just woken by that file does not answer yet.
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      return [];
    } finally {
      texts.delete(uri.path);
    }
  };
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: ({ path }) => texts.get(path) ?? '',
    }),
    vscode.languages.registerDocumentFormattingEditProvider(playgroundLanguage, {
      provideDocumentFormattingEdits: (document, options) =>
        asJavaScript(document, (uri) =>
          vscode.commands.executeCommand('vscode.executeFormatDocumentProvider', uri, options),
        ),
    }),
    vscode.languages.registerDocumentRangeFormattingEditProvider(playgroundLanguage, {
      provideDocumentRangeFormattingEdits: (document, range, options) =>
        asJavaScript(document, (uri) =>
          vscode.commands.executeCommand('vscode.executeFormatRangeProvider', uri, range, options),
        ),
    }),
  );
}
