import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { readFaultRule, type FaultRule } from './faults.ts';

const help = `An Azure for this machine, on 127.0.0.1 only. It runs until Ctrl-C.

  node test/local-azure/main.ts [options]

  --subscriptions N --clusters N --tenants N
                      a generated organisation of this size, instead of the sample one
  --latency MS        every answer takes this long
  --port NAME=N       a fixed port for resourceManager, entra, graph, portal or echo; may be repeated
  --operation-polls N how many times a long operation is in progress (2)
  --throttle          refuse with 429 what goes over Azure's documented rates
  --fail RULE         a fault, as JSON; may be repeated:
                      {"service":"graph","path":"/users","times":0,"fault":{"kind":"status","status":503}}
                      kinds: latency, status, malformed, drop, hang, clock (seconds), expiredToken,
                      claimsChallenge, failedOperation, forbidden, missing, aadsts (code), token (claims, issuedBy,
                      lifetimeSeconds); "after" lets requests pass first, "times": 0 means always; "tenant",
                      "resource" and "silent" choose among requests for tokens, "account" among accounts
  --no-gateways       no MongoDB gateways, PostgreSQL servers and accounts' data planes
  --ca-file PATH      where to write the authority's certificate (default: a new temporary folder)
  --help

While it runs, POST JSON to {resourceManager}/local-azure/…
  faults      a rule as above; {"clear":true} ends them all
  behaviour   {"checksPrincipals":false,…}: where the real service may do one thing or another (behaviour.ts)
  people      {"forget":"<object id>"}: gone from the directory, but not from where they were let in; "restore" brings
              them back; {"id":"<object id>","accountEnabled":false}
  registration {"cluster":"orders-eu","id":"<any id>","type":"ServicePrincipal"}: let in, whatever it is the id of; null
              takes it out; with "role" in a PostgreSQL cluster, "within" in an account
  delegation  {"subscription":"<id>","managedBy":["<tenant id>"],"principalId":"<object id>","role":"Reader"}
  resource    {"id":"<ARM id>","lock":"ReadOnly","properties":{"clusterStatus":"Stopped"}}; a lock of null is none
  documents   {"cluster":"orders-eu","database":"big","collection":"all","documents":1000000,"bytes":300}: made when
              they are read; with "collections":5000 as many collections
  slow        {"cluster":"orders-eu","namespace":"shop.orders","answer":5000,"document":1}: reading takes so many
              milliseconds longer until it answers, and for each document
  names       {"about":"orders-eu","fault":{"kind":"notFound"}}: also noAddress, silence, serverFailure, member (with
              member), address (with address); about a cluster, a host or, without it, everything; null ends it
  doorway     {"cluster":"orders-eu","tcp":"refused","tls":"expired"}: tcp refused, silent, cut; tls expired, notYetValid,
              otherName, untrusted, unfinished; of an account or a service (entra, graph) as well; neither ends it
  gateway     {"cluster":"orders-eu","fault":{"kind":"refuseSignIn","code":18},"times":0}: also fail, drop, hang, delay
              (with command), expire, roles (with oid and roles); null ends them
  postgres    {"cluster":"ledger","fault":{"kind":"refuse","code":"53300"}}, or hang at signIn or query; null ends it
  reset       begins again from the start, data and users inside clusters included
GET …/operations says what is under way on the clusters.
`;

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function readOptions() {
  return parseArgs({
    options: {
      subscriptions: { type: 'string' },
      clusters: { type: 'string' },
      tenants: { type: 'string' },
      latency: { type: 'string' },
      port: { type: 'string', multiple: true },
      'operation-polls': { type: 'string' },
      throttle: { type: 'boolean' },
      fail: { type: 'string', multiple: true },
      gateways: { type: 'boolean', default: true },
      'ca-file': { type: 'string' },
      help: { type: 'boolean' },
    },
    allowNegative: true,
  }).values;
}

async function run(): Promise<void> {
  const values = readOptions();
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const rules = (values.fail ?? []).map(readRule);
  const azure = await startLocalAzure({
    ...counted('subscriptions', values.subscriptions),
    ...counted('clusters', values.clusters),
    ...counted('tenants', values.tenants),
    ...counted('latencyMs', values.latency),
    ...counted('operationPolls', values['operation-polls']),
    ports: Object.fromEntries((values.port ?? []).map(readPort)),
    gateways: values.gateways,
  });
  if (values.throttle) azure.organisation.behaviour.throttles = true;
  for (const rule of rules) azure.faults.add(rule);
  const folder = await mkdtemp(join(tmpdir(), 'local-azure-'));
  const file = values['ca-file'] ?? join(folder, 'ca.pem');
  await writeFile(file, azure.certificateAuthority);
  process.stdout.write(`${summary(azure, file)}\n`);
  const stop = () => void Promise.all([azure.close(), rm(folder, { recursive: true })]);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function readRule(text: string): FaultRule {
  const rule = readFaultRule(JSON.parse(text));
  if (typeof rule === 'string') throw new RangeError(`--fail: ${rule}`);
  return rule;
}

function counted(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`${name} is a count, not ${text}`);
  return { [name]: count };
}

function readPort(text: string): [string, number] {
  const [name = '', port = ''] = text.split('=');
  if (!/^(resourceManager|entra|graph|portal|echo)$/.test(name) || !/^\d+$/.test(port)) {
    throw new RangeError(`--port is NAME=N, not ${text}`);
  }
  return [name, Number(port)];
}

function summary(azure: LocalAzure, file: string): string {
  const { organisation, endpoints, gateways, postgres, accounts, nameServer } = azure;
  const lines = [
    ...Object.entries(endpoints).map(([name, origin]) => `${name.padEnd(16)} ${origin}`),
    ...[...gateways].map(([name, { port }]) => `${name.padEnd(16)} 127.0.0.1:${port} (MongoDB)`),
    ...[...(postgres?.byName ?? [])].map(
      ([name, { host, port }]) => `${name.padEnd(16)} ${host}:${port} (PostgreSQL)`,
    ),
    ...[...(accounts?.byName ?? [])].map(([name, { origin }]) => `${name.padEnd(16)} ${origin} (NoSQL)`),
    ...(nameServer ? [`${'name server'.padEnd(16)} ${nameServer.address}`] : []),
    `${'certificate'.padEnd(16)} ${file}`,
    '',
    `${organisation.tenants.length} tenants, ${organisation.subscriptions.length} subscriptions, ` +
      `${organisation.resources.length} resources. Sign in as kai@contoso.com; the endpoint asks for no password.`,
  ];
  return lines.join('\n');
}
