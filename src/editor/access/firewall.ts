import * as vscode from 'vscode';
import { rangesOf } from '../../core/clusters/addresses.ts';
import { anyRule } from '../../core/access/permissions.ts';
import type { Change, FirewallRule } from '../../core/clusters/change.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { freshCluster } from './people.ts';
import type { App } from '../app.ts';
import { rangeWords } from './changeWords.ts';
import { chooseAddresses } from './ownAddresses.ts';
import type { Node } from '../node.ts';
import { waitFor } from '../progress.ts';
import { carryOut } from './review.ts';
import { isStopped } from './stops.ts';

/** `made`: called when the address is let in. */
export async function addMyIp(app: App, node?: Node, made?: () => void): Promise<void> {
  const cluster = await freshCluster(app, node, vscode.l10n.t('Let your address in to which cluster?'));
  if (cluster === undefined || (await isStopped(app, cluster, anyRule))) return;
  const text = await chooseAddresses(app, cluster);
  if (text === undefined) return;
  const { ruleName } = kinds[cluster.kind];
  const name =
    ruleName === undefined
      ? ''
      : await app.prompts.type({
          title: vscode.l10n.t('Name the rule'),
          question: vscode.l10n.t('So that others know later whose address this is'),
          start: ruleName(
            `${cluster.caller.account.label.split('@')[0]}-${new Date().toISOString().slice(0, 10)}`,
          ),
          problem: (typed) =>
            typed !== '' && ruleName(typed) === typed
              ? undefined
              : vscode.l10n.t('Letters, digits, underscore and hyphen; 80 at most'),
        });
  if (name === undefined) return;
  const ranges = rangesOf(text).flatMap((range) => ('problem' in range ? [] : [range]));
  const orders = ranges.map((range, index) => {
    const own = ranges.length === 1 || name === '' ? name : `${name}-${index + 1}`;
    const rule: FirewallRule = { id: undefined, name: own, ...range };
    return { cluster, change: { what: 'addRule', rule } as const, who: '' };
  });
  await carryOut(app, orders, { act: vscode.l10n.t('Let In'), made });
}

export async function removeFirewallRule(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const targets = await rulesOf(app, node, selected);
  const orders = targets.map(({ cluster, rule }) => ({
    cluster,
    change: { what: 'removeRule', rule } as const,
    who: '',
  }));
  await carryOut(app, orders, { act: vscode.l10n.t('Remove') });
}

async function rulesOf(
  app: App,
  node: Node | undefined,
  selected: readonly Node[] | undefined,
): Promise<readonly { cluster: Cluster; rule: FirewallRule }[]> {
  const rows = (selected ?? (node === undefined ? [] : [node])).filter((row) => row.kind === 'rule');
  const given = rows.flatMap(({ key, rule }) => {
    const cluster = app.tree.cluster(key);
    return cluster === undefined ? [] : [{ cluster, rule }];
  });
  if (given.length > 0) return given;
  const cluster = await freshCluster(app, node, vscode.l10n.t('Remove a rule of which cluster?'));
  const removing: Change = { what: 'removeRule', rule: anyRule.rule };
  if (cluster === undefined || (await isStopped(app, cluster, removing))) return [];
  const { door } = app.azure();
  const rules = await waitFor(vscode.l10n.t('Reading the firewall of {0}…', cluster.name), (signal) =>
    kinds[cluster.kind].rules(door, cluster, signal),
  );
  if (rules.length === 0) {
    await app.prompts.tell(
      'information',
      vscode.l10n.t('The firewall of {0} has no rule.', cluster.name),
      [],
    );
    return [];
  }
  const chosen = await app.prompts.pickMany(
    rules.map((rule) => ({ label: rule.name, description: rangeWords(rule), value: rule })),
    vscode.l10n.t('Stop letting in which addresses?'),
  );
  return (chosen ?? []).map((rule) => ({ cluster, rule }));
}
