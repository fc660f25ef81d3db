import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, environmentOf } from '../../src/core/sessions/mongosh.ts';

import type { LocalAzure } from '../local-azure/azure.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import type { Connection } from './mongosh.ts';

const { kai } = samplePeople();

/** The cluster that all scripts are about. */
export const CLUSTER = 'orders-eu';

/** How mongosh gets there as somebody who may do everything. */
export async function connect(azure: LocalAzure): Promise<Connection & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'scripts-'));
  const file = join(folder, 'token.jwt');
  const token = await azure.issueToken(kai.userPrincipalName, {
    tenant: 'contoso.com',
    resource: 'https://ossrdbms-aad.database.windows.net',
  });
  await writeFile(file, token, { mode: 0o600 });
  const authority = join(folder, 'authority.pem');
  await writeFile(authority, azure.certificateAuthority);
  const port = azure.gateways.get(CLUSTER)?.port ?? 0;
  return {
    address: addressOf([{ host: '127.0.0.1', port }]),
    environment: { NODE_EXTRA_CA_CERTS: authority, ...environmentOf(file) },
    close: () => rm(folder, { recursive: true }),
  };
}
