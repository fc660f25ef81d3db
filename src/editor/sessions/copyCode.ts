import * as vscode from 'vscode';
import { speaksMongo } from '../../core/clusters/kinds.ts';
import { codeFor, codeLanguages } from '../../core/sessions/snippets.ts';
import type { CodeLanguage } from '../../core/sessions/snippets.ts';
import type { App } from '../app.ts';
import { hostsOf } from './copyConnectionString.ts';
import type { Node } from '../node.ts';
import { onlyText } from '../onlyText.ts';
import { clusterOf } from '../targets.ts';

/** A program that connects to a cluster as whoever runs it, in an editor of its own. */
export async function copyCode(app: App, node?: Node): Promise<void> {
  const question = vscode.l10n.t('Code for which cluster?');
  const cluster = await clusterOf(app, node, question, ({ kind }) => speaksMongo(kind));
  if (cluster === undefined) return;
  const choices = codeLanguages.map((value) => ({ label: languageWords(value), value }));
  const language = await app.prompts.pick(choices, vscode.l10n.t('Code in which language?'));
  if (language === undefined) return;
  const { own, everywhere } = await hostsOf(app, cluster);
  const target = {
    cluster: cluster.name,
    host: everywhere ?? own,
    tenant: cluster.caller.tenant,
    ...placeOf(node),
  };
  const content = codeFor(language, target, app.azure().cloud);
  const document = await vscode.workspace.openTextDocument({ language: editorLanguages[language], content });
  await onlyText(await vscode.window.showTextDocument(document, { preview: false }), content);
}

/** As the editor calls them. */
const editorLanguages: Readonly<Record<CodeLanguage, string>> = {
  nodeJs: 'javascript',
  python: 'python',
  cSharp: 'csharp',
  java: 'java',
  go: 'go',
  rust: 'rust',
  dotEnv: 'dotenv',
};

/** What a row below a cluster's databases is about. */
function placeOf(node: Node | undefined) {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    database: node !== undefined && 'database' in node ? text(node.database) : undefined,
    collection: node !== undefined && 'collection' in node ? text(node.collection) : undefined,
  };
}

function languageWords(language: CodeLanguage): string {
  switch (language) {
    case 'nodeJs':
      return vscode.l10n.t('Node.js');
    case 'python':
      return vscode.l10n.t('Python');
    case 'cSharp':
      return vscode.l10n.t('C#');
    case 'java':
      return vscode.l10n.t('Java');
    case 'go':
      return vscode.l10n.t('Go');
    case 'rust':
      return vscode.l10n.t('Rust');
    case 'dotEnv':
      return vscode.l10n.t('.env file');
  }
}
