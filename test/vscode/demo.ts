import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalAzure } from '../local-azure/azure.ts';
import { suffixes } from '../local-azure/hosts.ts';

const root = join(import.meta.dirname, '../..');

/** The companion that signs people in, and the extension as its users get it. */
export const companion = join(root, 'test/local-azure/companion');
export const companionId = 'cosmos-entra.local-azure';
export const packaged = join(root, 'dist/cosmos-entra.vsix');

/** What a VS Code needs to meet local Azure as a cloud of its own. */
export interface Demo {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Those that are a machine's own. */
  readonly machineSettings: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

/** Who may sign in: an owner, one without a subscription, a colleague who may change things, and who may only read. */
const people = ['kai@contoso.com', 'robin@contoso.com', 'sam@contoso.com', 'devon@contoso.com'];

export async function demoOf(azure: LocalAzure): Promise<Demo> {
  const { resourceManager, graph, portal, entra, echo } = azure.endpoints;
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-entra-authority-'));
  const authority = join(folder, 'authority.pem');
  await writeFile(authority, azure.certificateAuthority);
  const mongosh = join(folder, 'mongosh');
  // On this very Node: an older one believes the machine's own authorities only.
  const script = join(root, 'node_modules/mongosh/bin/mongosh.js');
  await writeFile(mongosh, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
  return {
    settings: {
      'cosmosEntra.cloud': 'custom',
      'cosmosEntra.customCloud': {
        authenticationProvider: 'local-azure',
        resourceManager,
        graph,
        // A name of its own: this VS Code sends a plain loopback address through a proxy that is not there.
        portal: portal.replace('127.0.0.1', 'portal.localhost'),
        audiences: {
          resourceManager: 'https://management.core.windows.net',
          graph: 'https://graph.microsoft.com',
          mongoClusters: 'https://ossrdbms-aad.database.windows.net',
        },
        hosts: {
          mongoClusters: [suffixes.mongoClusters],
          postgres: [suffixes.serverGroups],
          accounts: [suffixes.databaseAccounts],
        },
        ...(azure.postgres && { ports: { postgres: azure.postgres.port } }),
        ...(azure.nameServer && { nameServer: azure.nameServer.address }),
      },
      'cosmosEntra.firewall.echoService': echo,
    },
    machineSettings: { 'cosmosEntra.mongosh.path': mongosh },
    env: {
      NODE_EXTRA_CA_CERTS: authority,
      LOCAL_AZURE_ENTRA: entra,
      LOCAL_AZURE_ARM: resourceManager,
      LOCAL_AZURE_PEOPLE: JSON.stringify(people),
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
