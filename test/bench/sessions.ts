/**
 * A session's first result against the bare driver's, both with a token at hand; and what opening costs with few
 * and with many collections. Over the same local Azure, in turn, in one run. Figures to read, not a test.
 */
import { setServers } from 'node:dns';
import { once } from 'node:events';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { MongoClient } from 'mongodb';
import { openDoor } from '../../src/core/azure/door.ts';
import { readResource } from '../../src/core/azure/resourceManager.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { clusterOf } from '../../src/core/clusters/query.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import type { Account, Events, TokenSource } from '../../src/core/identity/tokens.ts';
import { Catalog } from '../../src/core/sessions/catalog.ts';
import { resolverOf } from '../../src/core/sessions/hosts.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import { accountOf, signIn } from '../local-azure/companion/entra.mjs';
import type { LocalAzure } from '../local-azure/azure.ts';
import { suffixes } from '../local-azure/hosts.ts';
import { median } from './median.ts';

const runs = 40;
const collections = [10, 1000, 10_000];

const worker = new Worker(new URL('azureWorker.ts', import.meta.url), { workerData: { gateways: true } });
const [{ endpoints, certificateAuthority, nameServer }] = (await once(worker, 'message')) as [
  Pick<LocalAzure, 'endpoints' | 'certificateAuthority'> & { readonly nameServer: string },
];
setDefaultCACertificates([...getCACertificates('default'), certificateAuthority]);

const audience = 'https://ossrdbms-aad.database.windows.net';
const cloud = cloudOf('custom', {
  authenticationProvider: 'local-azure',
  resourceManager: endpoints.resourceManager,
  graph: endpoints.graph,
  portal: endpoints.portal,
  audiences: { resourceManager: 'https://management.core.windows.net', graph: 'https://graph.microsoft.com' },
  hosts: { mongoClusters: [suffixes.mongoClusters] },
  nameServer,
});
const login = 'kai@contoso.com';
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
  token: ({ caller, resource }) => signIn({ ...order, tenant: caller.tenant, scope: `${resource}/.default` }),
};
const silent: Events = { tokenAsked: () => undefined, requestSent: () => undefined };
const tokens = new TokenBroker(people, Date, silent);
const door = openDoor(cloud, tokens, silent);
const caller = { account: kai, tenant: kai.id.split('.')[1] ?? '' };
const id =
  '/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/shop-eu/providers/Microsoft.DocumentDB/mongoClusters/orders-eu';
const cluster = clusterOf(await readResource(door, caller, id, kinds.vcore.apiVersions), caller, true);
if (cluster === undefined) throw new Error('The sample has no such cluster.');
// At hand before anything is measured.
const accessToken = await tokens.silent(caller, audience);

// The driver asks whom Node asks.
setServers([nameServer]);

/** What somebody without this extension would write, with the token at hand. */
async function bare(): Promise<void> {
  const resolver = resolverOf(cloud);
  const client = new MongoClient(`mongodb+srv://orders-eu.${suffixes.mongoClusters}/`, {
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
  });
  await client.db('shop').collection('orders').find({}).limit(1).toArray();
  await client.close();
}

async function ours(): Promise<void> {
  const sessions = new MongoSessions(door, tokens);
  await sessions.run(cluster ?? never(), (client) =>
    client.db('shop').collection('orders').find({}).limit(1).toArray(),
  );
  await sessions.forget();
}

function never(): never {
  throw new Error('unreachable');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const times = { bare: [] as number[], ours: [] as number[] };
for (let run = -2; run < runs; run++) {
  const [first, second] = [await timed(bare), await timed(ours)];
  if (run < 0) continue;
  times.bare.push(first);
  times.ours.push(second);
}
const [b, o] = [median(times.bare), median(times.ours)];
console.log(
  `first result: bare driver ${b.toFixed(1)} ms, session ${o.toFixed(1)} ms, ratio ${(o / b).toFixed(2)} (limit 1.1)`,
);

/** What a person waits for who opens a session and a database: the session, its databases, the collections of one. */
const sessions = new MongoSessions(door, tokens);
const catalog = new Catalog(sessions);
const there = cluster;
await sessions.open(there);
let made = 0;
for (const count of collections) {
  for (; made < count; made++) await catalog.create(there, { database: 'many', collection: `c${made}` });
  const opening: number[] = [];
  const listing: number[] = [];
  for (let run = 0; run < 7; run++) {
    await sessions.forget();
    opening.push(await timed(() => Promise.all([sessions.open(there), catalog.databases(there)])));
    listing.push(await timed(() => catalog.collections(there, 'many')));
  }
  const [first, second] = [median(opening), median(listing)].map((time) => time.toFixed(1));
  console.log(
    `${count} collections: opened and databases listed in ${first} ms, its collections in ${second} ms`,
  );
}
await sessions.forget();
await worker.terminate();
