/** Somebody who is signed in, with a token at hand, before a cluster of a local Azure that has a thread of its own. */
import { setServers } from 'node:dns';
import { once } from 'node:events';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { MongoClient } from 'mongodb';
import { openDoor } from '../../src/core/azure/door.ts';
import { readResource } from '../../src/core/azure/resourceManager.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import type { Account, Events, TokenSource } from '../../src/core/identity/tokens.ts';
import { resolverOf } from '../../src/core/sessions/hosts.ts';
import { accountOf, signIn } from '../local-azure/companion/entra.mjs';
import type { LocalAzure } from '../local-azure/azure.ts';
import { suffixes } from '../local-azure/hosts.ts';

const audience = 'https://ossrdbms-aad.database.windows.net';
const login = 'kai@contoso.com';
const id =
  '/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/shop-eu/providers/Microsoft.DocumentDB/mongoClusters/orders-eu';

export async function setStage() {
  const worker = new Worker(new URL('azureWorker.ts', import.meta.url), { workerData: { gateways: true } });
  const [{ endpoints, certificateAuthority, nameServer }] = (await once(worker, 'message')) as [
    Pick<LocalAzure, 'endpoints' | 'certificateAuthority'> & { readonly nameServer: string },
  ];
  setDefaultCACertificates([...getCACertificates('default'), certificateAuthority]);
  const cloud = cloudOf('custom', {
    authenticationProvider: 'local-azure',
    resourceManager: endpoints.resourceManager,
    graph: endpoints.graph,
    portal: endpoints.portal,
    audiences: {
      resourceManager: 'https://management.core.windows.net',
      graph: 'https://graph.microsoft.com',
    },
    hosts: { mongoClusters: [suffixes.mongoClusters] },
    nameServer,
  });
  const order = {
    entra: endpoints.entra,
    client: 'aebc6443-996d-45c2-90f0-388ff96faa56',
    login,
    secondFactor: true,
  };
  const home = `${cloud.audiences.resourceManager}/.default`;
  const kai: Account = accountOf(await signIn({ ...order, tenant: 'organizations', scope: home }), login);
  const people: TokenSource = {
    accounts: () => Promise.resolve([kai]),
    token: ({ caller, resource }) =>
      signIn({ ...order, tenant: caller.tenant, scope: `${resource}/.default` }),
  };
  const silent: Events = { tokenAsked: () => undefined, requestSent: () => undefined };
  const tokens = new TokenBroker(people, Date, silent);
  const door = openDoor(cloud, tokens, silent);
  const caller = { account: kai, tenant: kai.id.split('.')[1] ?? '' };
  const cluster = clusterOfResource(
    await readResource(door, caller, id, kinds.vcore.apiVersions),
    caller,
    true,
  );
  if (cluster === undefined) throw new Error('The sample has no such cluster.');
  // At hand before anything is measured.
  const accessToken = await tokens.silent(caller, audience);
  // The driver asks whom Node asks.
  setServers([nameServer]);
  const resolver = resolverOf(cloud);
  return {
    door,
    tokens,
    cluster,
    accessToken,
    certificateAuthority,
    /** A client as somebody without this extension would write it. */
    bare: () =>
      new MongoClient(`mongodb+srv://orders-eu.${suffixes.mongoClusters}/`, {
        tls: true,
        authMechanism: 'MONGODB-OIDC',
        authSource: '$external',
        retryWrites: false,
        authMechanismProperties: {
          ALLOWED_HOSTS: [`*.${suffixes.mongoClusters}`],
          OIDC_CALLBACK: () => Promise.resolve({ accessToken }),
        },
        lookup: (host, _options, callback) => {
          resolver.addresses(host).then(
            ([first]) => callback(null, [{ address: first?.address ?? '', family: 4 }]),
            (error: Error) => callback(error, ''),
          );
        },
      }),
    /** Fills a collection with documents that nobody has to write. */
    async generate(collection: string, documents: number, bytes: number): Promise<void> {
      const response = await fetch(`${endpoints.resourceManager}/local-azure/documents`, {
        method: 'POST',
        body: JSON.stringify({ cluster: 'orders-eu', database: 'bench', collection, documents, bytes }),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    close: () => worker.terminate(),
  };
}
