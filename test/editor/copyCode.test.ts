import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { changingOn, kai, people, swift } from './changing.ts';
import { answer, change, clusterId, fault, refusal, resourceGraph } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';
import { attempts, throwAway, timeForAttempts } from './thrownAway.ts';

const suffix = 'mongocluster.azure.test';
const own = `orders-eu.${suffix}`;
const everywhere = `orders-eu.global.${suffix}`;
const oidc = 'tls=true&authMechanism=MONGODB-OIDC';
const rest = 'retrywrites=false&maxIdleTimeMS=120000';
const managed = `authMechanismProperties=ENVIRONMENT:azure,TOKEN_RESOURCE:https%3A%2F%2Fossrdbms-aad.database.windows.net`;

describe('the command', () => {
  const scene = onScene();
  const { does, last, leaves, record, writes } = changingOn(scene);
  beforeEach(swift);
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  const copied = async (): Promise<string> => vscode.env.clipboard.readText();
  const offered = (): readonly string[] => (scene.stage.offers.at(-1) ?? []).map(({ label }) => label);
  const host = (id: string): Promise<void> =>
    change(clusterId('orders-eu'), {
      properties: { connectionString: `mongodb+srv://<user>:<password>@${id}/?tls=true` },
    });

  describe('copyConnectionString', () => {
    it('copies the address of one’s own, or of wherever it writes, for a person', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('copyConnectionString', row, 'This cluster', 'Interactive');
      assert.equal(await copied(), `mongodb+srv://${own}/?${oidc}&${rest}`);
      assert.deepEqual(scene.stage.heard, ['Connect to what?', 'Who connects?']);
      assert.deepEqual(
        scene.stage.offers[0]?.map(({ label, description }) => [label, description]),
        [
          ['Wherever it writes', everywhere],
          ['This cluster', own],
        ],
      );
      await does('copyConnectionString', row, 'Wherever it writes', 'Workload identity');
      assert.equal(await copied(), `mongodb+srv://${everywhere}/?${oidc}&${rest}`);
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('offers the managed identities that have access, and the client id of each is in it', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      const { ordersWorker } = people;
      await does('copyConnectionString', row, 'This cluster', 'Managed identity', 'orders-worker');
      assert.equal(await copied(), `mongodb+srv://${ordersWorker.appId}@${own}/?${oidc}&${managed}&${rest}`);
      assert.equal(last(), 'Which managed identity?');
      const [first] = scene.stage.offers.at(-1) ?? [];
      assert.deepEqual(first, {
        label: 'orders-worker',
        description: 'Administrator',
        detail: ordersWorker.appId,
        picked: undefined,
      });
      assert.deepEqual(offered().slice(-2), ['The machine’s own', 'Another one']);
      assert.ok(!offered().includes('Kai Carter'));
    });

    it('names no client id of an identity that goes with its machine', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      const type = 'microsoft.compute/virtualmachines';
      const machine = { id: '/vm', name: 'worker-vm', type, principalId: people.ordersWorker.id };
      const body = { totalRecords: 1, count: 1, data: [machine], resultTruncated: 'false' };
      await fault({ method: 'POST', path: resourceGraph, fault: answer(body) });
      await does('copyConnectionString', row, 'This cluster', 'Managed identity', 'worker-vm');
      assert.equal(await copied(), `mongodb+srv://${own}/?${oidc}&${managed}&${rest}`);
      assert.equal(scene.stage.offers.at(-1)?.[0]?.detail, 'system-assigned');
    });

    it('goes on without names where Azure says nothing of identities, or of who has access', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await fault({
        method: 'POST',
        path: resourceGraph,
        times: 0,
        fault: refusal(403, 'AuthorizationFailed'),
      });
      await fault({ method: 'GET', path: '/users$', times: 0, fault: refusal(403, 'AuthorizationFailed') });
      await does('copyConnectionString', row, 'This cluster', 'Managed identity', 'Another one');
      assert.deepEqual(offered(), ['The machine’s own', 'Another one']);
      assert.match(await copied(), /^mongodb\+srv:\/\/<client-id>@orders-eu\./);
    });

    it('has no user for the machine’s own identity, and a gap for one that nobody named', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('carts-eu');
      const address = `carts-eu.${suffix}/?${oidc}&${managed}&${rest}`;
      await does('copyConnectionString', row, 'This cluster', 'Managed identity', 'The machine’s own');
      assert.equal(await copied(), `mongodb+srv://${address}`);
      await does('copyConnectionString', row, 'This cluster', 'Managed identity', 'Another one');
      assert.equal(await copied(), `mongodb+srv://<client-id>@${address}`);
    });

    it('asks nobody where to, of a replica', async () => {
      await scene.enter(kai);
      await does('copyConnectionString', await scene.cluster('orders-us'), 'Interactive');
      assert.equal(await copied(), `mongodb+srv://orders-us.${suffix}/?${oidc}&${rest}`);
      assert.deepEqual(scene.stage.heard, ['Who connects?']);
    });

    it('from the palette: asks of which DocumentDB, and leaves the clipboard alone unless all is said', async () => {
      await scene.enter(kai);
      await vscode.env.clipboard.writeText('mine');
      await leaves('copyConnectionString', undefined, 'orders-eu', 'This cluster', 'Managed identity');
      assert.equal(await copied(), 'mine');
      assert.equal(scene.stage.heard[0], 'Copy the connection string of which cluster?');
      const clusters = (scene.stage.offers[0] ?? []).map(({ label }) => label);
      assert.ok(clusters.includes('parts') && clusters.includes('orders-us'), clusters.join());
      for (const other of ['ledger', 'catalog', 'wishlists']) assert.ok(!clusters.includes(other), other);
    });

    it('copies no address but one of the cluster’s cloud', async () => {
      await scene.enter(kai);
      await vscode.env.clipboard.writeText('mine');
      await host('orders-eu.mongocluster.evil.test');
      for (const command of ['copyConnectionString', 'copyCode']) {
        const answers = command === 'copyCode' ? ['Python', dismiss] : [dismiss];
        await does(command, await scene.cluster('orders-eu'), ...answers);
        assert.match(last(), /^Azure pointed to the host orders-eu\.mongocluster\.evil\.test, which/);
      }
      assert.equal(await copied(), 'mine');
      assert.equal(vscode.window.activeTextEditor?.document.isUntitled ?? false, false);
    });

    it('says so of a cluster that has no address yet', async () => {
      await scene.enter(kai);
      await change(clusterId('orders-eu'), { properties: { clusterStatus: 'Provisioning' } });
      await does('copyConnectionString', await scene.cluster('orders-eu'), dismiss);
      assert.match(last(), /^Azure names no address for orders-eu/);
    });
  });

  describe('copyCode', () => {
    const languages = {
      'Node.js': ['javascript', /^import \{ DefaultAzureCredential \} from '@azure\/identity';$/m],
      Python: ['python', /^class EntraTokens\(OIDCCallback\):$/m],
      'C#': ['csharp', /^using MongoDB\.Driver\.Authentication\.Oidc;$/m],
      Java: ['java', /^public class Main \{$/m],
      Go: ['go', /^package main$/m],
      Rust: ['rust', /^async fn main\(\)/m],
      '.env file': ['dotenv', /^MONGODB_URI='mongodb\+srv:/m],
    } as const;

    for (const [label, [language, sign]] of Object.entries(languages)) {
      it(`opens a program in an editor of its own: ${label}`, async () => {
        await scene.enter(kai);
        await does('copyCode', await scene.cluster('orders-eu'), label);
        assert.deepEqual(offered(), Object.keys(languages));
        const { document, viewColumn } = vscode.window.activeTextEditor ?? assert.fail('no editor');
        assert.equal(document.isUntitled, true);
        assert.equal(document.languageId, language);
        assert.equal(viewColumn, vscode.ViewColumn.One);
        const text = document.getText();
        assert.match(text, sign);
        assert.ok(text.includes(everywhere), 'where its writes go');
        assert.ok(text.includes('the cluster orders-eu with Entra'));
        assert.ok(text.includes(`az login --tenant ${people.kai.tenantId}`));
        assert.ok(text.includes('https://ossrdbms-aad.database.windows.net/.default'));
        assert.deepEqual([record(), writes()], [[], []]);
      });
    }

    it('holds nothing of a document that was thrown away a moment ago', async function () {
      this.timeout(timeForAttempts);
      await scene.enter(kai);
      const cluster = await scene.cluster('orders-eu');
      for (const attempt of attempts) {
        await does('copyCode', cluster, 'Go');
        const { document } = vscode.window.activeTextEditor ?? assert.fail('no editor');
        assert.ok(document.getText().startsWith('// Connects to the cluster orders-eu'));
        assert.ok(document.getText().length < 10_000, 'there is more in it');
        await throwAway(attempt);
      }
    });

    it('connects to a replica itself, and looks into what its row is about', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-us');
      scene.stage.answers.push('Node.js');
      await scene.run('copyCode', { ...row.node, database: 'shop', collection: 'orders' });
      const text = vscode.window.activeTextEditor?.document.getText() ?? '';
      assert.ok(text.includes(`const host = "orders-us.${suffix}";`), text);
      assert.ok(text.includes('client.db("shop").collection("orders")'), text);
    });

    it('from the palette: asks for which DocumentDB, and opens nothing unless all is said', async () => {
      await scene.enter(kai);
      const before = vscode.workspace.textDocuments.length;
      await leaves('copyCode', undefined, 'orders-eu', 'Go');
      assert.equal(vscode.workspace.textDocuments.length, before);
      assert.deepEqual(scene.stage.heard, [
        'Code for which cluster?',
        'Code for which cluster?',
        'Code in which language?',
      ]);
      await does('copyCode', undefined, 'parts', 'Go');
      assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /host += "parts\.global\./);
    });
  });
});
