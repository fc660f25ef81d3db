import * as vscode from 'vscode';
import { isOf } from '../../core/access/guards.ts';
import { readCluster } from '../../core/access/seen.ts';
import { blocksOf } from '../../core/clusters/addresses.ts';
import type { Change, FirewallRule, RoleOffer } from '../../core/clusters/change.ts';
import type { Cluster, Grant } from '../../core/clusters/cluster.ts';
import { sameText } from '../../core/clusters/fields.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { Failure } from '../../core/failure.ts';
import type { App } from '../app.ts';
import { changeWords, doneWords } from './changeWords.ts';
import { grantsNow } from './orders.ts';
import type { Order } from './orders.ts';
import { messageOf } from '../messages.ts';

export interface Failed {
  readonly order: Order;
  readonly failure: Failure;
}

/** Tells what is true now. Answers what would take it back, if the person wants that. */
export async function tellDone(
  app: App,
  done: readonly Order[],
  calledBack: number,
  undo: string,
): Promise<readonly Order[]> {
  const [first] = done;
  if (first === undefined) return [];
  const texts = done.map(({ cluster, change, who }) => doneWords(cluster, change, who));
  const text = [
    ...(texts.length <= 3
      ? texts
      : [
          vscode.l10n.t(
            '{0}: {1} changes are done ({2}).',
            first.cluster.name,
            texts.length,
            done.map(({ cluster, change, who }) => changeWords(cluster, change, who)).join('; '),
          ),
        ]),
    ...(calledBack === 0 ? [] : [vscode.l10n.t('Called back before anything was sent: {0}.', calledBack)]),
  ].join(' ');
  if ((await app.prompts.tell('information', text, [undo])) !== undo) return [];
  const undone = await Promise.all(done.toReversed().map((order) => undoOf(app, order)));
  return undone.flatMap((order) => order ?? []);
}

/** Tells what failed, and why, beside what is done. Answers what is to be tried again. */
export async function tellFailures(
  app: App,
  done: readonly Order[],
  failed: readonly Failed[],
): Promise<readonly Order[]> {
  const lines = failed.map(({ order, failure }) => {
    app.log.error(failure);
    const what = changeWords(order.cluster, order.change, order.who);
    const why = failure.code === 'cancelled' ? vscode.l10n.t('not tried') : messageOf(failure).long;
    return `${what} (${order.cluster.name}): ${why}`;
  });
  const portal = vscode.l10n.t('Open in Portal');
  const again = vscode.l10n.t('Retry');
  const log = vscode.l10n.t('Show Log');
  const text = [
    ...(done.length === 0 ? [] : [vscode.l10n.t('{0} done, {1} failed.', done.length, failed.length)]),
    ...lines,
  ].join(' ');
  const ignored = failed.find(({ failure }) => failure.code === 'ignored');
  const pressed = await app.prompts.tell('error', text, [
    ...(ignored === undefined ? [] : [portal]),
    again,
    log,
  ]);
  if (pressed === log) app.log.show();
  if (pressed === portal && ignored !== undefined) {
    const { key } = ignored.order.cluster;
    await vscode.commands.executeCommand('cosmosEntra.openInPortal', { kind: 'cluster', key });
  }
  return pressed === again ? failed.map(({ order }) => order) : [];
}

/** What a person has now of what was just given. */
async function presentGrant(
  app: App,
  cluster: Cluster,
  objectId: string,
  role: RoleOffer,
  scope: string | undefined,
): Promise<Grant | undefined> {
  const grants = await grantsNow(app, cluster, new AbortController().signal);
  return grants.find(
    (grant) =>
      isOf(grant, objectId) && sameText(grant.roleId, role.id) && (grant.scope ?? '') === (scope ?? ''),
  );
}

/** The rules that an added one has become: with the id that it was given, or as the blocks of an account's list. */
async function presentRules(app: App, listed: Cluster, rule: FirewallRule): Promise<readonly FirewallRule[]> {
  const { door } = app.azure();
  const cluster = await readCluster(door, listed);
  const rules = await kinds[cluster.kind].rules(door, cluster);
  const names = rule.name === '' ? blocksOf(rule) : [rule.name];
  return rules.filter(({ name }) => names.some((one) => sameText(one, name)));
}

/** What takes a change back; undefined where there is no way. */
async function undoOf(
  app: App,
  { cluster, change, who }: Order,
): Promise<Order | readonly Order[] | undefined> {
  const back = (undone: Change): Order => ({ cluster, change: undone, who });
  switch (change.what) {
    case 'setModes': {
      const { entra, native } = cluster.modes;
      return back({ what: 'setModes', entra: entra === 'on', native: native === 'on' });
    }
    case 'addGrant': {
      const { principal, role, scope } = change.wanted;
      const grant = await presentGrant(app, cluster, principal.objectId, role, scope);
      return grant === undefined ? undefined : back({ what: 'removeGrant', grant });
    }
    case 'changeRole':
    case 'removeGrant': {
      const { holder, roleId, role, keptIn, scope } = change.grant;
      if (holder.state !== 'entra' || roleId === undefined) return undefined;
      const { principal, alias } = holder;
      const before = { role, id: roleId, keptIn };
      if (change.what === 'removeGrant')
        return back({ what: 'addGrant', wanted: { principal, role: before, scope, alias } });
      const grant = await presentGrant(app, cluster, principal.objectId, change.role, scope);
      return grant === undefined ? undefined : back({ what: 'changeRole', grant, role: before });
    }
    case 'addRule': {
      const rules = await presentRules(app, cluster, change.rule);
      return rules.map((rule) => back({ what: 'removeRule', rule }));
    }
    case 'removeRule':
      return back({ what: 'addRule', rule: change.rule });
  }
}
