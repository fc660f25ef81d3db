import * as vscode from 'vscode';
import { addressIn, askEcho } from '../core/access/ownAddress.ts';
import { rangesOf } from '../core/clusters/addresses.ts';
import type { FirewallRule } from '../core/clusters/change.ts';
import type { Cluster } from '../core/clusters/cluster.ts';
import { kinds } from '../core/clusters/kinds.ts';
import { freshCluster } from './access.ts';
import type { App } from './app.ts';
import { addressProblemWords, rangeWords } from './changeWords.ts';
import type { Node } from './node.ts';
import { waitFor } from './progress.ts';
import type { Choice } from './prompts.ts';
import { carryOut } from './review.ts';
import { echoSetting } from './settings.ts';

/** `made`: called when the address is let in. */
export async function addMyIp(app: App, node?: Node, made?: () => void): Promise<void> {
  const cluster = await freshCluster(app, node, vscode.l10n.t('Let your address in to which cluster?'));
  if (cluster === undefined) return;
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

async function chooseAddresses(app: App, cluster: Cluster): Promise<string | undefined> {
  const told = addressIn(app.tree.lists.saidOf(cluster.key));
  const echo = echoSetting();
  const host = echo === undefined ? undefined : URL.parse(echo)?.host;
  const choices: Choice<'told' | 'ask' | 'type'>[] = [
    ...(told === undefined
      ? []
      : [
          {
            label: told,
            description: vscode.l10n.t('the service named it when it turned you away'),
            value: 'told' as const,
          },
        ]),
    ...(host === undefined
      ? []
      : [
          {
            label: vscode.l10n.t('Find my address'),
            detail: vscode.l10n.t('Asks {0}; no token and no name of a cluster is sent', host),
            value: 'ask' as const,
          },
        ]),
    {
      label: vscode.l10n.t('Type addresses…'),
      detail: vscode.l10n.t('Several, ranges and blocks: for a VPN or proxy with more than one way out'),
      value: 'type',
    },
  ];
  const chosen =
    choices.length === 1 ? 'type' : await app.prompts.pick(choices, vscode.l10n.t('Which address?'));
  switch (chosen) {
    case undefined:
      return undefined;
    case 'told':
      return told;
    case 'ask':
      return echo === undefined || host === undefined ? undefined : found(app, cluster, echo, host);
    case 'type':
      return typed(app, cluster, '');
  }
}

const agreedKey = 'echoAgreed';

/** This machine's address as others see it, where the person has agreed before that it is asked for. */
export async function ownAddress(
  { store }: Pick<App, 'store'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const echo = echoSetting();
  return echo !== undefined && store.get(agreedKey) === echo ? askEcho(echo, signal) : undefined;
}

/** Somebody else than Azure learns that there is somebody at this address: the person agrees to that once. */
async function found(app: App, cluster: Cluster, echo: string, host: string): Promise<string | undefined> {
  if (app.store.get(agreedKey) !== echo) {
    const agree = vscode.l10n.t('Ask {0}', host);
    const answer = await app.prompts.confirm(
      vscode.l10n.t('Ask {0} for your address?', host),
      vscode.l10n.t(
        'It is not a service of Azure, and sees that somebody at your address asks. The setting cosmosEntra.firewall.echoService names another. You are asked this once.',
      ),
      [agree],
    );
    if (answer !== agree) return undefined;
    app.store.set(agreedKey, echo);
  }
  const address = await waitFor(vscode.l10n.t('Asking {0}…', host), (signal) => askEcho(echo, signal));
  return typed(app, cluster, address);
}

async function typed(app: App, { name }: Cluster, start: string): Promise<string | undefined> {
  return app.prompts.type({
    title: vscode.l10n.t('Addresses to let in to {0}', name),
    question: vscode.l10n.t('203.0.113.7, 203.0.113.0-203.0.113.9 or 203.0.113.0/24; several with commas'),
    start,
    problem: (text) => {
      const ranges = rangesOf(text);
      const wrong = ranges.find((range) => 'problem' in range);
      if (ranges.length === 0) return vscode.l10n.t('An IPv4 address');
      return wrong === undefined || !('problem' in wrong)
        ? undefined
        : addressProblemWords(wrong.problem, wrong.text);
    },
  });
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
  if (cluster === undefined) return [];
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
