import type { Door } from '../azure/door.ts';
import { readResource } from '../azure/resourceManager.ts';
import { blocksOf, isLetIn } from '../clusters/addresses.ts';
import type { Change, FirewallRule } from '../clusters/change.ts';
import type { Cluster, Grant, Modes } from '../clusters/cluster.ts';
import { sameText } from '../clusters/fields.ts';
import type { Database } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { clusterOfResource } from '../clusters/query.ts';
import { Failure } from '../failure.ts';
import { isOf } from './guards.ts';

/** What a change is about, as the service says it at one moment; what it is not about is left out. */
export interface Seen {
  readonly modes?: Modes;
  /** Of the one person that the change is about. */
  readonly grants?: readonly Grant[];
  readonly rules?: readonly FirewallRule[];
}

export async function readCluster(door: Door, cluster: Cluster, signal?: AbortSignal): Promise<Cluster> {
  const { apiVersions } = kinds[cluster.kind];
  const resource = await readResource(door, cluster.caller, cluster.id, apiVersions, signal);
  const read = clusterOfResource(resource, cluster.caller, true);
  if (read === undefined || read.kind !== cluster.kind)
    throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
  return { ...read, id: cluster.id, key: cluster.key };
}

/** Asks the services themselves; Resource Graph is late. */
export async function look(
  door: Door,
  database: Database,
  cluster: Cluster,
  change: Change,
  signal?: AbortSignal,
): Promise<Seen> {
  const kind = kinds[cluster.kind];
  switch (change.what) {
    case 'setModes':
      return { modes: (await readCluster(door, cluster, signal)).modes };
    case 'addGrant':
    case 'changeRole':
    case 'removeGrant': {
      const kept = new Set(
        change.what === 'addGrant'
          ? [change.wanted.role.keptIn]
          : [change.grant.keptIn, ...(change.what === 'changeRole' ? [change.role.keptIn] : [])],
      );
      const [listed, inside] = await Promise.all([
        kept.has('resourceManager') ? kind.grants(door, cluster, signal) : [],
        kept.has('database') ? (kind.insiders?.(database, cluster, signal) ?? []) : [],
      ]);
      // The database lists those too whom Resource Manager knows.
      const all = [...listed, ...inside.filter(({ role }) => role.name !== 'administrator')];
      const own = change.what === 'addGrant' ? '' : change.grant.id;
      return { grants: all.filter((grant) => isOf(grant, whoOf(change)) || sameText(grant.id, own)) };
    }
    case 'addRule':
    case 'removeRule':
      return { rules: await kind.rules(door, await readCluster(door, cluster, signal), signal) };
  }
}

/** Whether the change has come true. */
export function holds(change: Change, { modes, grants = [], rules = [] }: Seen): boolean {
  switch (change.what) {
    case 'setModes':
      return (
        modes?.entra === (change.entra ? 'on' : 'off') && modes.native === (change.native ? 'on' : 'off')
      );
    case 'addGrant': {
      const { role, scope } = change.wanted;
      return grants.some((grant) => sameText(grant.roleId, role.id) && sameScope(grant.scope, scope));
    }
    case 'changeRole': {
      const { grant: old, role } = change;
      const isThere = grants.some(
        ({ roleId, scope }) => sameText(roleId, role.id) && sameScope(scope, old.scope),
      );
      // The same role may be there twice, and only one of them is to go; a new grant may have the id of the old.
      const isLeft = grants.some(
        ({ id, roleId }) => sameText(id, old.id) && sameText(roleId ?? '', old.roleId ?? ''),
      );
      return isThere && !isLeft;
    }
    case 'removeGrant':
      return !grants.some((grant) => sameText(grant.id, change.grant.id));
    case 'addRule':
      return isLetIn(change.rule, rules);
    case 'removeRule': {
      const blocks = blocksOf(change.rule);
      // A rule of its own has a name, one in a list has nothing but its addresses.
      return !rules.some((rule) =>
        rule.id === undefined
          ? blocks.includes(blocksOf(rule).join())
          : sameText(rule.name, change.rule.name),
      );
    }
  }
}

/** The object id of whoever gains or loses. */
export function whoOf(change: Change): string | undefined {
  if (change.what === 'addGrant') return change.wanted.principal.objectId;
  if (change.what !== 'changeRole' && change.what !== 'removeGrant') return undefined;
  const { holder } = change.grant;
  return holder.state === 'entra' ? holder.principal.objectId : undefined;
}

function sameScope(a: string | undefined, b: string | undefined): boolean {
  return (a ?? '') === (b ?? '');
}
