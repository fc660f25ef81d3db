import * as vscode from 'vscode';
import type { RoleOffer } from '../../core/clusters/change.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { App } from '../app.ts';
import { waitFor } from '../progress.ts';
import type { Choice } from '../prompts.ts';

/** Undefined: the person went away. Empty: all of the cluster. */
export async function chooseScope(
  app: App,
  cluster: Cluster,
  { within }: RoleOffer,
): Promise<string | undefined> {
  const { scopes } = kinds[cluster.kind];
  if (scopes === undefined) return '';
  const { door } = app.azure();
  const found = await waitFor(vscode.l10n.t('Reading databases and containers…'), (signal) =>
    scopes(door, cluster, signal),
  ).catch((error: unknown) => {
    // Who may not list them may know their names.
    app.log.error(error);
    return [];
  });
  const typed = vscode.l10n.t('Type a database or database/container…');
  const isWithin = (scope: string): boolean =>
    within === undefined || within.some((outer) => scope === outer || scope.startsWith(`${outer}/`));
  const choices: Choice<string>[] = [
    ...found
      .filter(isWithin)
      .toSorted((a, b) => b.split('/').length - a.split('/').length || a.localeCompare(b))
      .map((scope) => ({
        label: scope,
        description: scope.includes('/') ? vscode.l10n.t('container') : vscode.l10n.t('database'),
        value: scope,
      })),
    { label: typed, value: typed },
    ...(within === undefined ? [{ label: vscode.l10n.t('The whole account'), value: '' }] : []),
  ];
  const chosen = await app.prompts.pick(
    choices,
    vscode.l10n.t('What shall it reach? The smaller, the better'),
  );
  if (chosen !== typed) return chosen;
  return app.prompts.type({
    title: typed,
    question: vscode.l10n.t('shop, or shop/orders'),
    problem: (text) =>
      !/^[^/\s][^/]*(\/[^/]+)?$/.test(text)
        ? vscode.l10n.t('A database, or a database/container')
        : isWithin(text)
          ? undefined
          : vscode.l10n.t('This role can be given within {0} only', (within ?? []).join(', ')),
  });
}
