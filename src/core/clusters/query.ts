import { resourceOf } from '../azure/resourceManager.ts';
import type { Resource } from '../azure/resourceManager.ts';
import type { Caller } from '../identity/tokens.ts';
import type { Cluster } from './cluster.ts';
import { fields } from './fields.ts';
import { kinds, kindOfType } from './kinds.ts';

const listedProperties = [...new Set(Object.values(kinds).flatMap(({ listed }) => listed))];

/** One query for all kinds; each property by its own name, so that a row can be read like the resource itself. */
export const clusterQuery = [
  'resources',
  `| where type in~ (${Object.values(kinds)
    .map(({ armType }) => `'${armType.toLowerCase()}'`)
    .join(', ')})`,
  `| project id, name, type, kind, location, ${listedProperties.map((name) => `${name} = properties.${name}`).join(', ')}`,
  '| order by id asc',
].join('\n');

export function clusterOfRow(raw: unknown, caller: Caller): Cluster | undefined {
  const row = fields(raw);
  // Resource Graph says null for what it does not have; that is not a value of the resource's.
  const carried = listedProperties.filter((name) => row[name] !== undefined && row[name] !== null);
  const properties = Object.fromEntries(carried.map((name) => [name, row[name]]));
  return clusterOfResource(resourceOf({ ...row, properties }), caller, false);
}

/** A cluster out of a resource; `asked`: it is all that ARM says of it. */
export function clusterOfResource(
  resource: Resource | undefined,
  caller: Caller,
  asked: boolean,
): Cluster | undefined {
  if (resource === undefined) return undefined;
  const kind = kindOfType(resource.type);
  const [, subscription, resourceGroup] =
    /^\/?subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(resource.id) ?? [];
  if (kind === undefined || subscription === undefined || resourceGroup === undefined) return undefined;
  return {
    key: [caller.account.id, caller.tenant, resource.id.toLowerCase()].join('|'),
    kind: kind.id,
    id: resource.id,
    name: resource.name,
    subscription,
    resourceGroup,
    caller,
    resource,
    modes: kind.modes(resource, asked),
    state: kind.state(resource),
    read: asked ? 'yes' : 'no',
  };
}
