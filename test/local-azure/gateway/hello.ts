import { Double, Long } from 'bson';
import type { Encodable } from './bson/encode.ts';
import { MAX_DOCUMENT, MAX_MESSAGE } from './frame.ts';

/** Wire versions of the server versions that Azure offers. */
const wireVersions: Readonly<Record<string, number>> = { 5: 13, 6: 17, 7: 21, 8: 25 };

/** What the hosted service says it is made of. */
export const INTERNAL = {
  documentdb_versions: ['1.112-0', '1.113.0', '12.1-1'],
  kind: 'azuredocumentdb',
} as const;

/**
 * The answer to hello and to its older name. It has the hosted service's shape: no set name, no hosts, and
 * `isdbgrid`, which makes a driver take the cluster for a sharded one.
 */
export function helloReply(
  writableField: 'isWritablePrimary' | 'ismaster',
  serverVersion: string,
  connectionId: number,
): { readonly [key: string]: Encodable } {
  const [major = ''] = serverVersion.split('.');
  return {
    [writableField]: true,
    msg: 'isdbgrid',
    maxBsonObjectSize: MAX_DOCUMENT,
    maxMessageSizeBytes: MAX_MESSAGE,
    maxWriteBatchSize: 25_000,
    localTime: Long.fromNumber(Date.now()),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: wireVersions[major] ?? 25,
    readOnly: false,
    connectionId,
    saslSupportedMechs: ['SCRAM-SHA-256', 'MONGODB-OIDC'],
    internal: INTERNAL,
    ok: new Double(1),
  };
}
