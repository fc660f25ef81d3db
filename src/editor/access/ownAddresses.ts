import * as vscode from 'vscode';
import { addressIn, askEcho } from '../../core/access/ownAddress.ts';
import { rangesOf } from '../../core/clusters/addresses.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import type { App } from '../app.ts';
import { addressProblemWords } from './changeWords.ts';
import { waitFor } from '../progress.ts';
import type { Choice } from '../prompts.ts';
import { echoSetting } from '../settings.ts';

/** The addresses that a person comes from, as text; undefined when they go away. */
export async function chooseAddresses(app: App, cluster: Cluster): Promise<string | undefined> {
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
    choices.length === 1
      ? 'type'
      : await app.prompts.pick(choices, vscode.l10n.t('Which address may reach {0}?', cluster.name));
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

/** Of somebody else nothing is known here. */
export function typeAddresses(app: App, cluster: Cluster): Promise<string | undefined> {
  return typed(app, cluster, '');
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
