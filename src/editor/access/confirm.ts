import * as vscode from 'vscode';
import type { App } from '../app.ts';
import { copyAs } from './copyAs.ts';
import { changeWords, obstacleWords } from './changeWords.ts';
import type { Order, Reviewed } from './orders.ts';
import type { Choice } from '../prompts.ts';

/** Says what will happen and what to know before, and asks once: aloud only where it hurts. */
export async function isConfirmed(
  app: App,
  open: readonly Reviewed[],
  stopped: readonly Reviewed[],
  act: string,
): Promise<boolean> {
  const copy = vscode.l10n.t('Copy as…');
  const said = open.flatMap(({ cluster, obstacles }) =>
    obstacles.map((obstacle) => obstacleWords(cluster, obstacle)),
  );
  const left = stopped.flatMap(({ cluster, who, obstacles }) =>
    obstacles.slice(0, 1).map((obstacle) => `${who}: ${obstacleWords(cluster, obstacle)}`),
  );
  const { title, lines } = headOf(open);
  const hurts = open.some(
    ({ change, obstacles }) =>
      change.what === 'removeGrant' ||
      change.what === 'removeRule' ||
      obstacles.some(({ weight }) => weight === 'danger'),
  );
  const notes = [...new Set([...said, ...left])];
  for (;;) {
    const answer = hurts
      ? await app.prompts.confirm(`${title}?`, [...lines, ...notes].join('\n\n'), [act, copy])
      : await app.prompts.pick(
          reviewRows(act, copy, lines, notes),
          vscode.l10n.t('Nothing has been changed yet'),
          title,
        );
    if (answer === copy) await copyAs(app, open);
    // A line of the review says something, and does nothing.
    else if (answer !== '') return answer === act;
  }
}

/** One change is a title of its own; several are lines below one. */
function headOf(orders: readonly Order[]): { title: string; lines: readonly string[] } {
  const clusters = [...new Set(orders.map(({ cluster }) => cluster.name))];
  const lines = orders.map(({ cluster, change, who }) => {
    const words = changeWords(cluster, change, who);
    return clusters.length === 1 ? words : `${cluster.name}: ${words}`;
  });
  const place = clusters.join(', ');
  return lines.length === 1
    ? { title: `${place}: ${lines[0]}`, lines: [] }
    : { title: vscode.l10n.t('{0}: {1} changes', place, lines.length), lines };
}

function reviewRows(
  act: string,
  copy: string,
  lines: readonly string[],
  notes: readonly string[],
): readonly Choice<string>[] {
  const row = (label: string, icon: string, value: string): Choice<string> => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    value,
  });
  return [
    row(act, 'check', act),
    ...lines.map((line) => row(line, 'dash', '')),
    ...notes.map((note) => row(note, 'info', '')),
    {
      ...row(copy, 'copy', copy),
      description: vscode.l10n.t('the same for a script or a template'),
    },
  ];
}
