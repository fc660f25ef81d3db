import type { Caller } from '../identity/tokens.ts';
import type { Door } from './door.ts';
import { queryPages } from './resourceGraph.ts';

/** An identity that Azure keeps for a workload: found by Resource Manager, without a look at the directory. */
export interface ManagedIdentity {
  readonly kind: 'userAssigned' | 'systemAssigned';
  /** Of the identity, or of the resource that has it: the ARM id, its name and its type. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly objectId: string;
  /** The directory that it lives in; not the caller's where a subscription is managed for others. */
  readonly tenant: string | undefined;
  /** Resource Manager says it of identities that stand for themselves. */
  readonly clientId: string | undefined;
}

const userAssigned = 'microsoft.managedidentity/userassignedidentities';

const query = [
  'resources',
  `| where type =~ '${userAssigned}' or isnotempty(tostring(identity.principalId))`,
  `| extend own = type =~ '${userAssigned}'`,
  '| project id, name, type, subscriptionId, resourceGroup,',
  '    principalId = iff(own, tostring(properties.principalId), tostring(identity.principalId)),',
  '    tenant = iff(own, tostring(properties.tenantId), tostring(identity.tenantId)),',
  "    clientId = iff(own, tostring(properties.clientId), '')",
  '| order by id asc',
].join('\n');

/** Every managed identity that the caller may see, page by page. */
export async function* managedIdentities(
  door: Door,
  caller: Caller,
  signal?: AbortSignal,
): AsyncGenerator<readonly ManagedIdentity[]> {
  for await (const { rows } of queryPages(door, caller, query, signal)) {
    yield rows.flatMap((row) => identityOf(row) ?? []);
  }
}

/** Undefined while Azure is still making it. */
function identityOf(row: unknown): ManagedIdentity | undefined {
  const text = (field: string): string | undefined => {
    const value = (row as Readonly<Record<string, unknown>> | null | undefined)?.[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [id, objectId, type] = [text('id'), text('principalId'), text('type')];
  if (id === undefined || objectId === undefined || type === undefined) return undefined;
  return {
    kind: type.toLowerCase() === userAssigned ? 'userAssigned' : 'systemAssigned',
    id,
    name: text('name') ?? id.split('/').at(-1) ?? id,
    type,
    subscription: text('subscriptionId') ?? '',
    resourceGroup: text('resourceGroup') ?? '',
    objectId,
    tenant: text('tenant'),
    clientId: text('clientId'),
  };
}
