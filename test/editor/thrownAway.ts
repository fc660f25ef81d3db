import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/**
 * Closes the active editor, whose document has no file, while VS Code is writing the copy that it keeps of it:
 * it does so a second after each change, and what is this long takes a while. The copy stays lying a little
 * then, for whoever opens a document of that name next. Which moment is that one varies; hence the tries.
 */
export async function throwAway(attempt: number): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const old = `db.orders.deleteMany({});\n`.repeat(100_000);
  await editor?.edit((edit) => edit.insert(new vscode.Position(0, 0), old));
  await sleep(950 + attempt * 10);
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
}

export const attempts = [0, 1, 2, 3, 4] as const;

/** In milliseconds: a slow machine needs a quarter of a minute for each. */
export const timeForAttempts = 240_000;
