import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import fc from 'fast-check';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, clientOptions, credential, managementToken, production, type Answer } from './client.ts';
import { member } from './json.ts';

const everyCluster = `
resources
| where type in~ ('Microsoft.DocumentDB/mongoClusters', 'microsoft.documentdb/databaseaccounts',
    'microsoft.dbforpostgresql/servergroupsv2') // every kind
| project id, name, type, kind, location, resourceGroup, subscriptionId, tenantId, tags,
    state   = coalesce(tostring(properties.clusterStatus), tostring(properties.state), tostring(properties.provisioningState)),
    modes   = properties.authConfig.allowedModes,
    keysOff = tobool(properties.disableLocalAuth),
    pgEntra = tostring(properties.authConfig.activeDirectoryAuth),
    replica = tostring(properties.replica.role)
| order by id asc`;

describe('Resource Graph', () => {
  let azure: LocalAzure;
  let token: string;
  beforeEach(async () => {
    azure = await startLocalAzure();
    token = await managementToken(azure);
  });
  afterEach(() => mock.timers.reset());
  afterEach(() => azure.close());

  const post = (body: object, bearer = token): Promise<Answer> => {
    const url = `${azure.endpoints.resourceManager}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01`;
    return ask(azure, url, { method: 'POST', token: bearer, body });
  };
  type Row = Record<string, unknown>;
  const rows = async (query: string, more: object = {}): Promise<Row[]> => {
    const answer = await post({ query, ...more });
    assert.equal(answer.status, 200, answer.text);
    return member(answer.body, 'data') as Row[];
  };
  const names = async (query: string) => (await rows(query)).map(({ name }) => name);

  describe('what it holds', () => {
    it('is every cluster of the tenant that the caller may read, in one question', async () => {
      const client = new ResourceGraphClient(credential(azure), clientOptions(azure));
      const answer = await client.resources({
        query: everyCluster,
        options: { resultFormat: 'objectArray' },
      });
      assert.equal(answer.totalRecords, 19);
      assert.equal(answer.resultTruncated, 'false');
      const data = answer.data as Row[];
      assert.ok(data.every(({ tenantId }) => tenantId === 'c0a70500-0000-4000-8000-000000000001'));
      const catalog = data.find(({ name }) => name === 'catalog');
      assert.deepEqual(
        [catalog?.['type'], catalog?.['kind'], catalog?.['state'], catalog?.['keysOff'], catalog?.['modes']],
        ['microsoft.documentdb/databaseaccounts', 'GlobalDocumentDB', 'Succeeded', null, null],
      );
    });

    it('misses authConfig where it was read with an older version, and always for PostgreSQL', async () => {
      const found = new Map((await rows(everyCluster)).map((row) => [row['name'], row]));
      assert.deepEqual(found.get('orders-eu')?.['modes'], ['MicrosoftEntraID']);
      assert.equal(found.get('reviews-eu')?.['modes'], null);
      assert.equal(found.get('ledger')?.['pgEntra'], '');
      assert.deepEqual(found.get('pricing-us')?.['modes'], ['MicrosoftEntraID', 'WorkloadCertificate']);
      azure.organisation.behaviour.indexedVersions['Microsoft.DocumentDB/mongoClusters'] = '2024-07-01';
      assert.ok((await rows(everyCluster)).every(({ modes }) => modes === null));
      const versions = await rows('resources | distinct type, apiVersion | where type has "servergroupsv2"');
      assert.deepEqual(versions, [
        { type: 'microsoft.dbforpostgresql/servergroupsv2', apiVersion: '2022-11-08' },
      ]);
    });

    it('knows subscriptions and managed identities', async () => {
      const subscriptions = await rows(
        "resourcecontainers | where type == 'microsoft.resources/subscriptions' | project name, state = tostring(properties.state)",
      );
      assert.deepEqual(subscriptions.at(-1), { name: 'Old Sandbox', state: 'Disabled' });
      const identities = await rows(
        "resources | where type =~ 'Microsoft.ManagedIdentity/userAssignedIdentities' | project name, principalId = properties.principalId | sort by name asc",
      );
      assert.deepEqual(identities[1], {
        name: 'orders-worker',
        principalId: '5e97ce00-0000-4000-8000-000000000006',
      });
    });

    it('is bounded by the rights of the caller and the subscriptions named', async () => {
      const inProduction = await rows('resources | summarize count()', { subscriptions: [production] });
      assert.deepEqual(inProduction, [{ count_: 14 }]);
      const robin = await managementToken(azure, { person: 'robin@contoso.com' });
      assert.equal((await post({ query: 'resources', subscriptions: [production] }, robin)).status, 403);
      assert.equal(member((await post({ query: 'resources' }, robin)).body, 'totalRecords'), 0);
      const fabrikam = '5b5c0000-0000-4000-8000-000000000005';
      assert.equal((await post({ query: 'resources', subscriptions: [fabrikam] })).status, 403);
      const partly = await rows('resources | count', { subscriptions: [production, fabrikam] });
      assert.deepEqual(partly, [{ Count: 14 }]);
    });

    it('says how many questions are left, and refuses more when told to', async () => {
      // All within the seconds that they are counted in, however slow the machine.
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const first = await post({ query: 'resources | take 1' });
      assert.equal(first.headers['x-ms-user-quota-remaining'], '14');
      assert.match(String(first.headers['x-ms-user-quota-resets-after']), /^00:00:0\d$/);
      azure.organisation.behaviour.throttles = true;
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => post({ query: 'resources | take 1' })),
      );
      const refused = answers.filter(({ status }) => status === 429);
      assert.equal(refused.length, 2);
      assert.ok(Number(refused[0]?.headers['retry-after']) > 0);
    });
  });

  describe('pages', () => {
    const pages = async (query: string, top: number) => {
      const found: Row[] = [];
      const sizes: number[] = [];
      let $skipToken: unknown;
      do {
        const answer = await post({
          query,
          options: { $top: top, ...(typeof $skipToken === 'string' && { $skipToken }) },
        });
        assert.equal(answer.status, 200);
        const page = member(answer.body, 'data') as Row[];
        found.push(...page);
        sizes.push(page.length);
        $skipToken = member(answer.body, '$skipToken');
      } while ($skipToken !== undefined);
      return { found, sizes };
    };

    it('come with a token that belongs to the query', async () => {
      const { sizes } = await pages(everyCluster, 7);
      assert.deepEqual(sizes, [7, 7, 5]);
      const first = await post({ query: everyCluster, options: { $top: 7 } });
      const $skipToken = member(first.body, '$skipToken');
      assert.equal(member(first.body, 'resultTruncated'), 'false');
      assert.equal((await post({ query: 'resources | project id', options: { $skipToken } })).status, 400);
      assert.equal((await post({ query: everyCluster, options: { $skipToken: 'made up' } })).status, 400);
    });

    it('put together are the whole, of whatever size they are', async () => {
      const whole = await rows(everyCluster);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 25 }), async (top) => {
          assert.deepEqual((await pages(everyCluster, top)).found, whole);
        }),
        { numRuns: 10 },
      );
    });

    it('need an id, and end where the query set a limit', async () => {
      const withoutId = await post({ query: 'resources | project name', options: { $top: 5 } });
      assert.equal(member(withoutId.body, '$skipToken'), undefined);
      assert.equal(member(withoutId.body, 'resultTruncated'), 'true');
      const limited = await post({ query: 'resources | project id | take 10', options: { $top: 5 } });
      assert.equal(member(limited.body, '$skipToken'), undefined);
      assert.equal(member(limited.body, 'totalRecords'), 10);
      assert.equal((await post({ query: 'resources', options: { $top: 1001 } })).status, 400);
    });

    it('can be skipped, and be tables', async () => {
      const answer = await post({
        query: 'resources | project id, keysOff = tobool(properties.disableLocalAuth) | order by id asc',
        options: { $skip: 2, $top: 1, resultFormat: 'table' },
      });
      const data = member(answer.body, 'data') as { columns: unknown; rows: unknown[][] };
      assert.deepEqual(data.columns, [
        { name: 'id', type: 'string' },
        { name: 'keysOff', type: 'boolean' },
      ]);
      assert.match(String(data.rows[0]?.[0]), /catalog$/);
    });
  });

  describe('its language', () => {
    const where = (condition: string) =>
      names(
        `resources | where type == 'microsoft.documentdb/mongoclusters' and ${condition} | order by name asc`,
      );

    it('compares with and without regard to case', async () => {
      assert.deepEqual(await where("name == 'ORDERS-EU'"), []);
      assert.deepEqual(await where("name =~ 'ORDERS-EU'"), ['orders-eu']);
      assert.deepEqual(await where("name in ('Orders-EU', 'orders-us')"), ['orders-us']);
      assert.deepEqual(await where("name in~ ('Orders-EU', 'orders-us')"), ['orders-eu', 'orders-us']);
      assert.deepEqual(await where("name startswith 'ORDERS' and name !~ 'Orders-Us'"), [
        'orders-eu',
        'orders-staging',
      ]);
      assert.deepEqual(await where("name !in ('orders-us', 'orders-eu') and name contains 'ORD'"), [
        'orders-staging',
      ]);
      assert.deepEqual(await where("name contains_cs 'ORD'"), []);
      assert.deepEqual(await where("name endswith 'free'"), ['tryout-free']);
    });

    it('finds whole terms with has, and parts with contains', async () => {
      assert.deepEqual(await where("name has 'orders'"), ['orders-eu', 'orders-staging', 'orders-us']);
      assert.deepEqual(await where("name has 'order'"), []);
      assert.deepEqual(await where("name contains 'order' and name !has 'us'"), [
        'orders-eu',
        'orders-staging',
      ]);
    });

    it('joins conditions as they bind', async () => {
      assert.deepEqual(
        await where("(name == 'orders-eu' or name == 'carts-eu') and location == 'westeurope'"),
        ['carts-eu', 'orders-eu'],
      );
      assert.deepEqual(await where("name == 'tryout-free' and location == 'x' or name == 'carts-eu'"), [
        'carts-eu',
      ]);
      assert.deepEqual(await where("not(name startswith 'o' or name contains 'e')"), ['pricing-us']);
    });

    it('knows what is null and what is empty', async () => {
      assert.deepEqual(await where('isnull(properties.authConfig)'), ['reviews-eu']);
      assert.deepEqual(await where('isnotnull(properties.replica.sourceResourceId)'), ['orders-us']);
      assert.deepEqual(await where('isnotempty(kind)'), []);
      assert.deepEqual(await where("properties.authConfig.allowedModes[1] == 'NativeAuth'"), [
        'carts-eu',
        'orders-staging',
      ]);
      assert.deepEqual(
        await where('array_length(properties.authConfig.allowedModes) == 1 and name endswith "eu"'),
        ['orders-eu'],
      );
      assert.equal(
        (await where("properties.nothing.at.all != 'x'")).length,
        9,
        'null is unequal to everything else',
      );
      assert.deepEqual(await where('properties.nothing != properties.nothing.either'), []);
    });

    it('makes, drops and packs columns', async () => {
      const [row] = await rows(`
        resources | where name == 'orders-eu'
        | extend mode = tostring(properties.authConfig.allowedModes[0]), team = tags['team']
        | project name = toupper(name), both = bag_pack('mode', mode, 'team', team), kept = iff(mode has 'Entra', 1, 2), tags
        | project-away tags`);
      assert.deepEqual(row, { name: 'ORDERS-EU', both: { mode: 'MicrosoftEntraID', team: 'shop' }, kept: 2 });
    });

    it('sorts descending unless told, nulls where they belong', async () => {
      const sorted = (order: string) =>
        rows(
          `resources | where type has 'databaseaccounts' | project off = tobool(properties.disableLocalAuth), name | order by ${order}`,
        );
      assert.deepEqual(
        (await names("resources | where type has 'servergroupsv2' | sort by name")).slice(0, 2),
        ['ledger', 'invoices'],
      );
      assert.equal((await sorted('off asc, name asc')).at(-1)?.['off'] === null, false);
      assert.equal((await sorted('off desc')).at(-1)?.['off'], null);
      assert.equal((await sorted('off asc nulls last')).at(-1)?.['off'], null);
    });

    it('counts, by groups and in all', async () => {
      const byType = await rows(
        'resources | summarize total = count(), open = countif(isnull(properties.disableLocalAuth)) by type | order by total desc',
      );
      assert.deepEqual(byType[0], { type: 'microsoft.documentdb/mongoclusters', total: 9, open: 9 });
      assert.deepEqual(await rows('resources | summarize dcount(location)'), [{ dcount_: 5 }]);
      assert.deepEqual(await rows("resources | where name == 'none' | summarize count()"), [{ count_: 0 }]);
    });

    it('is refused where it is wrong, with the place', async () => {
      const wrong: [string, string, RegExp][] = [
        ['resources | where name == ', 'ParserFailure', /<EOF>/],
        ['resources | join kind=inner (resources) on id', 'ParserFailure', /'join'/],
        ['resources\n| where name ~ 1', 'ParserFailure', /~/],
        ['resources | where nam == 1', 'InvalidQuery', /'nam'/],
        ['resources | where sin(1) == 1', 'InvalidQuery', /'sin'/],
        ['resources | summarize count() by tags', 'InvalidQuery', /dynamic/],
        ['resources | order by properties.x', 'InvalidQuery', /dynamic/],
        ['nothing', 'InvalidQuery', /nothing/],
        ['resources | project id | where name == 1', 'InvalidQuery', /'name'/],
      ];
      for (const [query, code, message] of wrong) {
        const answer = await post({ query });
        assert.equal(answer.status, 400, query);
        const details = member(answer.body, 'error', 'details') as {
          code: string;
          message: string;
          line?: number;
        }[];
        assert.equal(details[0]?.code, 'InvalidQuery');
        assert.equal(details[1]?.code, code, query);
        assert.match(details[1]?.message ?? '', message);
      }
      const lines = member(
        (await post({ query: 'resources\n| where name ~ 1' })).body,
        'error',
        'details',
      ) as { line: number }[];
      assert.equal(lines[1]?.line, 2);
      assert.equal((await post({ query: '' })).status, 400);
    });
  });
});
