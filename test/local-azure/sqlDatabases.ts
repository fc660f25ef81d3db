import { createHash } from 'node:crypto';
import { resourceNotFound } from './armError.ts';
import type { Child, DatabaseAccount, SqlDatabase } from './organisation.ts';

/** The databases of a NoSQL account, as Resource Manager shows them: the resource, with the service's own fields. */
export function sqlDatabases({ id, databases }: DatabaseAccount): Child<object>[] {
  return databases.map(({ name }) => ({
    name,
    properties: {
      resource: { id: name, ...systemFields(id, name), _colls: 'colls/', _users: 'users/' },
    },
  }));
}

export function sqlContainers(account: DatabaseAccount, database: string): Child<object>[] {
  const { containers, name } = findDatabase(account, database);
  return containers.map(({ name: container, partitionKey }) => ({
    name: container,
    properties: {
      resource: {
        id: container,
        indexingPolicy: {
          indexingMode: 'consistent',
          automatic: true,
          includedPaths: [{ path: '/*' }],
          excludedPaths: [{ path: '/"_etag"/?' }],
        },
        partitionKey: { paths: [partitionKey], kind: 'Hash', version: 2 },
        uniqueKeyPolicy: { uniqueKeys: [] },
        conflictResolutionPolicy: {
          mode: 'LastWriterWins',
          conflictResolutionPath: '/_ts',
          conflictResolutionProcedure: '',
        },
        ...systemFields(account.id, name, container),
      },
    },
  }));
}

/** The data plane minds the case of a database's name, Resource Manager does not. */
function findDatabase(
  { databases, name, resourceGroup, type }: DatabaseAccount,
  wanted: string,
): SqlDatabase {
  const found = databases.find((one) => one.name.toLowerCase() === wanted.toLowerCase());
  if (!found) throw resourceNotFound(`${type}/sqlDatabases`, `${name}/${wanted}`, resourceGroup);
  return found;
}

/** A database has four bytes of id, and a container four more. */
function systemFields(accountId: string, database: string, container?: string) {
  const bytes = (text: string) => createHash('sha256').update(`${accountId}/${text}`).digest().subarray(0, 4);
  const own = bytes(database);
  const rid = container === undefined ? own : Buffer.concat([own, bytes(`${database}/${container}`)]);
  const etag = `0000${rid.toString('hex', 0, 2)}-0000-0000-0000-67a1c8000000`;
  return { _rid: rid.toString('base64'), _ts: 1_738_655_744, _etag: `"${etag}"` };
}
