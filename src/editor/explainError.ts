import * as vscode from 'vscode';
import { readErrors } from '../core/doctor/errors.ts';
import type { ErrorText } from '../core/doctor/errors.ts';
import type { Failure } from '../core/failure.ts';
import type { App } from './app.ts';
import { explanationOf, explanationOfFailure } from './explanationText.ts';
import type { Node } from './node.ts';
import type { Choice } from './prompts.ts';

/** In milliseconds. Whoever is asked by a browser for longer than that reads the question here meanwhile. */
const clipboardPatience = 2000;

/** The failure of a row, or a text that the person chooses, in words. Nothing is asked of anybody else. */
export async function explainError(app: App, node?: Node): Promise<void> {
  const failure = node === undefined ? undefined : failureOf(app, node);
  if (failure !== undefined) return app.explanations.show(explanationOfFailure(failure, node));
  const read = await chosenText(app);
  if (read !== undefined) await app.explanations.show(explanationOf(read));
}

function failureOf({ tree, azure }: App, node: Node): Failure | undefined {
  if (node.kind === 'failure') return node.failure;
  if (node.kind === 'tenant') return tree.tenant(node.caller)?.failures[0]?.failure;
  if (node.kind !== 'account') return undefined;
  return azure().discovery.accounts.find(({ account }) => account.id === node.account.id)?.failure;
}

/** What is in the clipboard; nothing where a browser keeps it: its own question about that may stay unanswered. */
function clipboardText(): Promise<string> {
  return Promise.race([
    Promise.resolve(vscode.env.clipboard.readText()).catch(() => ''),
    new Promise<string>((resolve) => setTimeout(resolve, clipboardPatience, '')),
  ]);
}

/** What is selected or in the clipboard is offered, never taken; else it is typed. */
async function chosenText({ prompts }: App): Promise<ErrorText | undefined> {
  const choices: Choice<() => Promise<ErrorText | undefined>>[] = [];
  const editor = vscode.window.activeTextEditor;
  const selected = editor === undefined ? '' : editor.document.getText(editor.selection);
  if (selected.trim() !== '') {
    const read = readErrors(selected);
    choices.push(choice(vscode.l10n.t('The Selection in the Editor'), 'selection', read));
  }
  const read = readErrors(await clipboardText());
  if (read.errors.length > 0)
    choices.push(choice(vscode.l10n.t('The Text in the Clipboard'), 'clippy', read));
  if (choices.length === 0) return typedText(prompts);
  choices.push({
    label: vscode.l10n.t('Another Text…'),
    iconPath: new vscode.ThemeIcon('edit'),
    value: () => typedText(prompts),
  });
  return (await prompts.pick(choices, vscode.l10n.t('Explain which error?')))?.();
}

function choice(label: string, icon: string, read: ErrorText): Choice<() => Promise<ErrorText | undefined>> {
  return {
    label,
    description: read.errors.map(({ code }) => code).join(', '),
    iconPath: new vscode.ThemeIcon(icon),
    value: () => Promise.resolve(read),
  };
}

async function typedText(prompts: App['prompts']): Promise<ErrorText | undefined> {
  const typed = await prompts.type({
    title: vscode.l10n.t('Explain an Error'),
    question: vscode.l10n.t('Paste the message, or all that the program wrote. It stays on this machine.'),
    problem: (text) => (text.trim() === '' ? vscode.l10n.t('Paste a text first.') : undefined),
  });
  return typed === undefined ? undefined : readErrors(typed);
}
