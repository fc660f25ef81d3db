import * as vscode from 'vscode';
import type { History, Past } from '../../core/playground/history.ts';
import type { App } from '../app.ts';
import { plain } from './files.ts';
import { openPlayground } from './runs.ts';
import type { Act, Choice } from '../prompts.ts';
import { numberText, timeText } from './resultWords.ts';

/** What was run in playgrounds: to look through, to run again, to forget. */
export async function showHistory(app: App, history: History): Promise<void> {
  let typed = '';
  for (;;) {
    const all = await history.all();
    if (all.length === 0) return tellEmpty(app, history);
    const browsed = await app.prompts.browse({
      title: history.isOn()
        ? vscode.l10n.t('History of Playgrounds')
        : vscode.l10n.t('History of Playgrounds (off: nothing new is kept)'),
      question: vscode.l10n.t('Search statements, clusters and databases; Enter opens in a new playground'),
      choices: all.map(choiceOf),
      acts: rowActs(),
      listActs: listActs(history),
      typed,
    });
    if (browsed === undefined) return;
    ({ typed } = browsed);
    const { act, value } = browsed;
    switch (act ?? 'open') {
      case 'copy':
        if (value !== undefined) await vscode.env.clipboard.writeText(value.text);
        vscode.window.setStatusBarMessage(vscode.l10n.t('The statement is in the clipboard.'), 5000);
        return;
      case 'delete':
        if (value !== undefined) await history.remove(value.id);
        break;
      case 'clear':
        if (await isSure(app, all.length)) await history.clear();
        break;
      case 'turnOn':
        return openSetting();
      default:
        if (value !== undefined) await openPlayground(app, value, value.text);
        return;
    }
  }
}

function rowActs(): readonly Act[] {
  return [
    { name: 'open', label: vscode.l10n.t('Open in a New Playground'), icon: 'go-to-file' },
    { name: 'copy', label: vscode.l10n.t('Copy'), icon: 'copy' },
    { name: 'delete', label: vscode.l10n.t('Delete'), icon: 'trash' },
  ];
}

function listActs(history: History): readonly Act[] {
  const clear = { name: 'clear', label: vscode.l10n.t('Clear All'), icon: 'clear-all' };
  return history.isOn()
    ? [clear]
    : [{ name: 'turnOn', label: vscode.l10n.t('Turn the History On'), icon: 'settings-gear' }, clear];
}

async function tellEmpty(app: App, history: History): Promise<void> {
  if (history.isOn()) {
    const make = vscode.l10n.t('New Playground');
    const text = vscode.l10n.t('Nothing has been run in a playground yet. What you run next is kept here.');
    if ((await app.prompts.tell('information', text, [make])) === make)
      await vscode.commands.executeCommand('cosmosEntra.newPlayground');
    return;
  }
  const open = vscode.l10n.t('Open Setting');
  const text = vscode.l10n.t('The history of playgrounds is off, and nothing is in it.');
  if ((await app.prompts.tell('information', text, [open])) === open) await openSetting();
}

async function openSetting(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', 'cosmosEntra.playground.history');
}

async function isSure(app: App, count: number): Promise<boolean> {
  const clear = vscode.l10n.t('Clear All');
  const text =
    count === 1
      ? vscode.l10n.t('Forget the statement in the history of playgrounds?')
      : vscode.l10n.t('Forget all {0} statements in the history of playgrounds?', numberText(count));
  const detail = vscode.l10n.t('They are deleted from this machine, and cannot be brought back.');
  return (await app.prompts.confirm(text, detail, [clear])) === clear;
}

function choiceOf(past: Past): Choice<Past> {
  const { icon, words } = endWords(past);
  const when = new Date(past.time).toLocaleString(vscode.env.language, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const amount =
    past.count === undefined
      ? []
      : [
          past.count === 1
            ? vscode.l10n.t('1 document')
            : vscode.l10n.t('{0} documents', numberText(past.count)),
        ];
  const cut = past.isCut ? [vscode.l10n.t('shortened')] : [];
  return {
    value: past,
    label: lineOf(past.text),
    iconPath: icon,
    description: [words, ...amount, timeText(past.took), ...cut].join(' · '),
    detail: plain(vscode.l10n.t('{0} / {1} as {2}, {3}', past.cluster, past.database, past.account, when)),
  };
}

function endWords({ state, serverCode }: Past): {
  readonly icon: vscode.ThemeIcon;
  readonly words: string;
} {
  switch (state) {
    case 'done':
      return { icon: new vscode.ThemeIcon('check'), words: vscode.l10n.t('done') };
    case 'failed':
      return {
        icon: new vscode.ThemeIcon('error'),
        words: serverCode === undefined ? vscode.l10n.t('failed') : vscode.l10n.t('failed ({0})', serverCode),
      };
    case 'stopped':
      return { icon: new vscode.ThemeIcon('circle-slash'), words: vscode.l10n.t('stopped') };
  }
}

function lineOf(text: string): string {
  return plain(text.replaceAll(/\s+/g, ' ').trim());
}
