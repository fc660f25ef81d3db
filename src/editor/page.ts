import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The page of a view: its own script and style, and nothing from anywhere else. */
export function pageHtml(
  webview: vscode.Webview,
  folder: vscode.Uri,
  page: 'documents' | 'results' | 'doctor' = 'documents',
): string {
  const nonce = randomBytes(16).toString('base64');
  const source = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cosmos Entra</title>
<link rel="stylesheet" href="${source(`${page}.css`)}">
<script type="module" nonce="${nonce}" src="${source(`${page}.js`)}"></script>
</head>
<body></body>
</html>`;
}
