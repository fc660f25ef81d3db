import * as vscode from 'vscode';
import type { App } from '../app.ts';
import type { Node } from '../node.ts';
import { openSession } from './openSession.ts';

/** Ends a session; it stays on the list, and opens again when it is used. */
export async function closeSession(app: App, node?: Node): Promise<void> {
  const { database } = app.azure();
  const key = keyOf(node) ?? (await pickOpen(app));
  if (key !== undefined) await database.forget(key);
}

export async function closeAllSessions(app: App): Promise<void> {
  const { database } = app.azure();
  await Promise.all(database.all.map(({ cluster }) => database.forget(cluster.key)));
}

/** Takes a session off the list, which ends it where it is open. */
export async function removeSession(app: App, node?: Node): Promise<void> {
  const key = keyOf(node) ?? (await pickListed(app));
  if (key === undefined) return;
  await app.azure().database.forget(key);
  app.sessions.remove(key);
}

async function pickListed({ prompts, sessions }: App): Promise<string | undefined> {
  const choices = sessions.entries.map(({ key, name, account }) => ({
    label: name,
    description: account.label,
    value: key,
  }));
  return prompts.pick(choices, vscode.l10n.t('Take which session off the list?'));
}

function keyOf(node: Node | undefined): string | undefined {
  return node !== undefined && 'key' in node ? node.key : undefined;
}

async function pickOpen(app: App): Promise<string | undefined> {
  const open = app.azure().database.all;
  if (open.length === 0) {
    await app.prompts.tell('information', vscode.l10n.t('No session is open.'), []);
    return undefined;
  }
  return app.prompts.pick(
    open.map(({ cluster }) => ({
      label: cluster.name,
      description: cluster.caller.account.label,
      value: cluster.key,
    })),
    vscode.l10n.t('Close which session?'),
  );
}

/** Within this time, in milliseconds, two clicks are one double-click. */
const doubleClick = 450;

/**
 * VS Code tells of clicks on a row only where the row has a command, and then leaves opening it to that: one click
 * opens or closes the row as in any tree, a second one right after opens a session.
 */
export function clicks(): (app: App, node?: Node) => Promise<void> {
  let last: { readonly key: string; readonly time: number } | undefined;
  return async (app, node) => {
    const key = keyOf(node);
    if (key === undefined) return;
    const time = Date.now();
    const isSecond = last?.key === key && time - last.time < doubleClick;
    last = isSecond ? undefined : { key, time };
    if (isSecond) await openSession(app, node);
    else await vscode.commands.executeCommand('list.toggleExpand');
  };
}
