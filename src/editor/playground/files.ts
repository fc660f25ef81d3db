import * as vscode from 'vscode';

export const playgroundLanguage = 'cosmos-entra-playground';

/** Files that are playgrounds, also where somebody else's extension has said what they are. */
export const playgroundFiles: vscode.DocumentSelector = [
  { language: playgroundLanguage },
  { pattern: '**/*.mongodb.js' },
];

/** What can only be looked at, such as an older version or somebody's proposal, is not what its reader runs. */
export function isPlayground(document: vscode.TextDocument): boolean {
  return (
    vscode.languages.match(playgroundFiles, document) > 0 &&
    vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) !== false
  );
}

/** In characters: to find the statements of more takes longer than somebody who types should wait each time. */
const mostMarked = 250_000;

/** Whether its statements and what is wrong with them are found only when it is run. */
export function isTooLongToMark(document: vscode.TextDocument): boolean {
  const { end } = document.lineAt(document.lineCount - 1).range;
  return document.offsetAt(end) > mostMarked;
}

export function nameOf({ uri }: Pick<vscode.TextDocument, 'uri'>): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}

/** The playground that somebody is in; in results, the one beside them where there is no doubt. */
export function playgroundHere(): vscode.TextDocument | undefined {
  const { activeTextEditor: active, visibleTextEditors: visible } = vscode.window;
  if (active !== undefined) return isPlayground(active.document) ? active.document : undefined;
  const [only, ...others] = new Set(visible.map(({ document }) => document).filter(isPlayground));
  return others.length === 0 ? only : undefined;
}

/** Text where the editor would draw icons: what looks like one is text as well. */
export function plain(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
