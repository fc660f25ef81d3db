import type { Door } from '../azure/door.ts';
import { readResource } from '../azure/resourceManager.ts';
import { blocksOf, isInside, rangesOf } from '../clusters/addresses.ts';
import type { Change, FirewallRule } from '../clusters/change.ts';
import type { Cluster, Grant, Modes } from '../clusters/cluster.ts';
import { sameText } from '../clusters/fields.ts';
import type { Database } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { clusterOf } from '../clusters/query.ts';
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
  const read = clusterOf(resource, cluster.caller, true);
  return read === undefined ? cluster : { ...read, id: cluster.id, key: cluster.key };
}

/** Asks the services themselves; Resource Graph is late. */
export async function look(door: Door, database: Database, cluster: Cluster, change: Change): Promise<Seen> {
  const kind = kinds[cluster.kind];
  switch (change.what) {
    case 'setModes':
      return { modes: (await readCluster(door, cluster)).modes };
    case 'addGrant':
    case 'changeRole':
    case 'removeGrant': {
      const kept = new Set(
        change.what === 'addGrant'
          ? [change.wanted.role.keptIn]
          : [change.grant.keptIn, ...(change.what === 'changeRole' ? [change.role.keptIn] : [])],
      );
      const [listed, inside] = await Promise.all([
        kept.has('resourceManager') ? kind.grants(door, cluster) : [],
        kept.has('database') ? (kind.insiders?.(database, cluster) ?? []) : [],
      ]);
      // The database lists those too whom Resource Manager knows.
      const all = [...listed, ...inside.filter(({ role }) => role.name !== 'administrator')];
      return { grants: all.filter((grant) => isOf(grant, whoOf(change))) };
    }
    case 'addRule':
    case 'removeRule':
      return { rules: await kind.rules(door, await readCluster(door, cluster)) };
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
      const there = grants.filter(({ scope }) => sameScope(scope, change.grant.scope));
      const has = (roleId: string | undefined): boolean =>
        there.some((grant) => sameText(grant.roleId, roleId ?? ''));
      return has(change.role.id) && !has(change.grant.roleId);
    }
    case 'removeGrant':
      return !grants.some((grant) => sameText(grant.id, change.grant.id));
    case 'addRule':
      return blocksOf(change.rule)
        .flatMap((block) => rangesOf(block))
        .every((block) => 'problem' in block || rules.some((rule) => isInside(block, rule)));
    case 'removeRule':
      return !rules.some(
        ({ id, name }) => sameText(name, change.rule.name) && sameText(id ?? '', change.rule.id ?? ''),
      );
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
