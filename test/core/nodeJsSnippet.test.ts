import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { reaching } from '../../src/core/sessions/hosts.ts';
import { codeFor } from '../../src/core/sessions/snippets.ts';
import type { Target } from '../../src/core/sessions/snippets/target.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { tell } from '../local-azure/client.ts';
import { suffixes } from '../local-azure/hosts.ts';
import { startManagedIdentityEndpoint } from '../local-azure/managedIdentityEndpoint.ts';
import type { App, ManagedIdentityEndpoint } from '../local-azure/managedIdentityEndpoint.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { audiences, startAzure } from './stage.ts';

const { ordersWorker, catalogIndexer } = samplePeople();
const host = `orders-eu.${suffixes.mongoClusters}`;
const target: Target = { cluster: 'orders-eu', host, tenant: tenantIds.contoso };
const audience = 'https://ossrdbms-aad.database.windows.net';

describe('the program for Node.js', () => {
  let azure: LocalAzure;
  let folder: string;
  let endpoint: ManagedIdentityEndpoint;
  before(async () => {
    azure = await startAzure({ gateways: true });
  });
  after(() => azure.close());
  beforeEach(async () => {
    await tell(azure, 'reset');
    folder = await mkdtemp(join(tmpdir(), 'snippet-'));
    await writeFile(join(folder, 'authority.pem'), azure.certificateAuthority);
    const modules = join(import.meta.dirname, '../../node_modules');
    await symlink(modules, join(folder, 'node_modules'), 'junction');
    await assign({ userAssigned: [ordersWorker.displayName, catalogIndexer.displayName] });
  });
  afterEach(async () => {
    await endpoint.close();
    await rm(folder, { recursive: true });
  });

  const assign = async (app: App): Promise<void> => {
    await endpoint?.close();
    endpoint = await startManagedIdentityEndpoint(azure, app);
  };
  const gateway = () => azure.gateways.get('orders-eu') ?? assert.fail();
  const program = (wanted: Target = target): string =>
    codeFor(
      'nodeJs',
      wanted,
      cloudOf('custom', {
        ...azure.endpoints,
        authenticationProvider: 'local',
        audiences,
        hosts: { mongoClusters: [suffixes.mongoClusters] },
      }),
    );

  /** Runs it as it is, in a folder of its own: on an app of that identity, where names lead to local Azure. */
  async function run(text: string, clientId: string) {
    const file = join(folder, 'main.mjs');
    await writeFile(file, text);
    const names = new URL('localNames.ts', import.meta.url).href;
    const { environment } = endpoint;
    const result = await new Promise<{ readonly code: unknown; readonly out: string; readonly err: string }>(
      (resolve) =>
        execFile(
          process.execPath,
          ['--disable-warning=ExperimentalWarning', '--import', names, file],
          {
            cwd: folder,
            timeout: 30_000,
            env: {
              ...environment,
              AZURE_CLIENT_ID: clientId,
              NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
              LOCAL_NAME_SERVER: azure.nameServer?.address ?? '',
              // No Azure CLI is to be found.
              PATH: folder,
              HOME: folder,
            },
          },
          (error, out, err) => resolve({ code: error === null ? 0 : error.code, out, err }),
        ),
    );
    for (const said of [result.out, result.err]) {
      assert.doesNotMatch(said, /eyJ/, 'a token');
      assert.ok(!said.includes(environment.IDENTITY_HEADER));
    }
    return result;
  }

  it('lists databases as the managed identity of its app, by the cluster’s own name', async () => {
    const { code, out, err } = await run(program(), ordersWorker.appId);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, new RegExp(`^Connected to orders-eu as ${ordersWorker.id}\nDatabases: \\[[^]*'shop'`));
    assert.equal(endpoint.requests.length, 1);
    const asked = new URLSearchParams(endpoint.requests[0]?.query);
    assert.equal(asked.get('resource'), audience);
    assert.equal(asked.get('client_id'), ordersWorker.appId);
    const commands = gateway().commands.map(({ name }) => name);
    for (const name of ['saslStart', 'connectionStatus', 'listDatabases'])
      assert.ok(commands.includes(name), commands.join());
  });

  it('lists collections, and reads a document, wherever the cluster’s writes go', async () => {
    const everywhere = { ...target, host: reaching(host, 'global') };
    const collections = await run(program({ ...everywhere, database: 'shop' }), ordersWorker.appId);
    assert.equal(collections.code, 0, collections.err);
    assert.match(collections.out, /\nCollections: \[[^]*'orders'/);
    const first = await run(
      program({ ...everywhere, database: 'shop', collection: 'orders' }),
      ordersWorker.appId,
    );
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /\nFirst document: \{\n {2}_id: /);
    const none = await run(
      program({ ...everywhere, database: 'a b', collection: `it's "x" \${host}` }),
      ordersWorker.appId,
    );
    assert.equal(none.code, 0, none.err);
    assert.match(none.out, /\nFirst document: null\n/);
  });

  it('says in one line that a cluster does not let it in', async () => {
    const { code, out, err } = await run(program(), catalogIndexer.appId);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^Could not use orders-eu: [^\n]+\n$/);
    assert.equal(endpoint.requests[0]?.status, 200, 'there was a token');
  });

  it('is let in once somebody has made it a user', async () => {
    const accessToken = await azure.issueToken('kai@contoso.com', {
      tenant: 'contoso.com',
      resource: audience,
    });
    const administrator = new MongoClient(`mongodb://127.0.0.1:${gateway().port}/`, {
      authMechanism: 'MONGODB-OIDC',
      authMechanismProperties: { OIDC_CALLBACK: () => Promise.resolve({ accessToken }) },
      tls: true,
      ca: azure.certificateAuthority,
    });
    await administrator.db('admin').command({
      createUser: catalogIndexer.id,
      roles: [{ role: 'readAnyDatabase', db: 'admin' }],
      customData: {
        IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'servicePrincipal' } },
      },
    });
    await administrator.close();
    const { code, out, err } = await run(program(), catalogIndexer.appId);
    assert.deepEqual([code, err], [0, '']);
    assert.ok(out.startsWith(`Connected to orders-eu as ${catalogIndexer.id}\n`), out);
  });

  it('says so where Azure gives it no token', async () => {
    await assign({});
    const { code, out, err } = await run(program(), ordersWorker.appId);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^Could not use orders-eu: [^]*No User Assigned or Delegated Managed Identity found/);
  });

  it('presents a newer token whenever the database wants one', async () => {
    await assign({ userAssigned: [ordersWorker.displayName], lifetimes: [60, 3600] });
    gateway().faults.expireNext();
    const { code, err } = await run(program(), ordersWorker.appId);
    assert.deepEqual([code, err], [0, '']);
    assert.deepEqual(
      endpoint.requests.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(gateway().commands.filter(({ name }) => name === 'saslStart').length, 2);
  });

  it('hands a token to no other host, not even to one on this machine', async () => {
    const elsewhere = program().replace('mongodb+srv://${host}', `mongodb://127.0.0.1:${gateway().port}`);
    assert.notEqual(elsewhere, program());
    const { code, out, err } = await run(elsewhere, ordersWorker.appId);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^Could not use orders-eu: Host '127\.0\.0\.1:\d+' is not valid/);
    assert.deepEqual(endpoint.requests, []);
  });
});
