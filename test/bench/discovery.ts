/**
 * Discovery of a large organisation: one Resource Graph query a tenant against lists by subscription, over the
 * same local Azure, in turn, in one run. Figures to read, not a test.
 */
import { once } from 'node:events';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { openDoor } from '../../src/core/azure/door.ts';
import { Discovery } from '../../src/core/clusters/discovery.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import type { Account, Events, TokenSource } from '../../src/core/identity/tokens.ts';
import { accountOf, signIn } from '../local-azure/companion/entra.mjs';
import type { LocalAzure } from '../local-azure/azure.ts';
import { median } from './median.ts';

const size = { subscriptions: 200, clusters: 5000, tenants: 3, latencyMs: 50 };
const runs = 3;

const worker = new Worker(new URL('azureWorker.ts', import.meta.url), { workerData: size });
const [{ endpoints, certificateAuthority }] = (await once(worker, 'message')) as [
  Pick<LocalAzure, 'endpoints' | 'certificateAuthority'>,
];
setDefaultCACertificates([...getCACertificates('default'), certificateAuthority]);

async function ask(message: 'count' | 'faults'): Promise<number> {
  worker.postMessage(message);
  const [count] = (await once(worker, 'message')) as [number];
  return count;
}

const cloud = cloudOf('custom', {
  authenticationProvider: 'local-azure',
  resourceManager: endpoints.resourceManager,
  graph: endpoints.graph,
  portal: endpoints.portal,
  audiences: { resourceManager: 'https://management.core.windows.net', graph: 'https://graph.microsoft.com' },
});
const login = 'kai@contoso.com';
const order = {
  entra: endpoints.entra,
  client: 'aebc6443-996d-45c2-90f0-388ff96faa56',
  login,
  secondFactor: true,
};
const scope = `${cloud.audiences.resourceManager}/.default`;
const kai: Account = accountOf(await signIn({ ...order, tenant: 'organizations', scope }), login);
const people: TokenSource = {
  accounts: () => Promise.resolve([kai]),
  token: ({ caller, resource }) => signIn({ ...order, tenant: caller.tenant, scope: `${resource}/.default` }),
};
const silent: Events = { tokenAsked: () => undefined, requestSent: () => undefined };

interface Sample {
  readonly first: number;
  readonly all: number;
  readonly requests: number;
  readonly clusters: number;
}

/** From a click on Refresh with nothing known, tokens included, to the last cluster. */
async function discover(): Promise<Sample> {
  const tokens = new TokenBroker(people, Date, silent);
  const store = { get: () => undefined, set: () => undefined };
  const before = await ask('count');
  const started = performance.now();
  let first = 0;
  const count = (): number => discovery.tenants.reduce((sum, { clusters }) => sum + clusters.length, 0);
  const discovery = new Discovery(openDoor(cloud, tokens, silent), tokens, store, () => {
    if (first === 0 && count() > 0) first = performance.now() - started;
  });
  await discovery.refresh();
  const all = performance.now() - started;
  return { first, all, requests: (await ask('count')) - before, clusters: count() };
}

await discover(); // Loads the pipeline, opens the connections.
const byGraph: Sample[] = [];
for (let run = 0; run < runs; run++) byGraph.push(await discover());
await ask('faults');
const bySubscription: Sample[] = [];
for (let run = 0; run < runs; run++) bySubscription.push(await discover());
await worker.terminate();

const print = (name: string, samples: readonly Sample[]): void => {
  const [{ requests, clusters } = { requests: 0, clusters: 0 }] = samples;
  const seconds = (pick: (sample: Sample) => number): string => (median(samples.map(pick)) / 1000).toFixed(2);
  console.log(
    `  ${name.padEnd(28)} all ${clusters} clusters in ${seconds(({ all }) => all)} s, the first in ${seconds(({ first }) => first)} s, ${requests} requests`,
  );
};
console.log(
  `discovery of ${size.clusters} clusters, ${size.subscriptions} subscriptions, ${size.tenants} tenants, ${size.latencyMs} ms a request, medians of ${runs}:`,
);
print('Resource Graph', byGraph);
print('by subscription, 8 at once', bySubscription);
const ratio = median(bySubscription.map(({ all }) => all)) / median(byGraph.map(({ all }) => all));
console.log(`  Resource Graph is ${ratio.toFixed(1)} times as fast`);
