import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { copyOf, formatsFor } from '../../src/core/access/copyAs.ts';
import type { CopyFormat } from '../../src/core/access/copyAs.ts';
import { readCluster } from '../../src/core/access/seen.ts';
import type { Change, RoleOffer, Step } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant, Principal } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { ask, managementToken } from '../local-azure/client.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import {
  bicepFiles,
  commandsIn,
  isPassword,
  json,
  kindOfCall,
  readHcl,
  ref,
  refersTo,
  requestsIn,
  restCallOf,
  runWithFakeCli,
} from './copyAsReaders.ts';
import { cloudAt, localAzure, onlyContoso, setStage } from './stage.ts';
import type { Stage } from './stage.ts';

type Request = Step & { to: 'resourceManager' };

const allFormats: readonly CopyFormat[] = ['azureCli', 'rest', 'bicep', 'terraform', 'mongosh'];
const publicCloud = cloudOf('public', undefined);
const { kai, reporting, robin } = samplePeople();
const password = 'hunter2Hunter2';

describe('copy as', () => {
  const azure = localAzure();
  let stage: Stage;
  beforeEach(async () => {
    onlyContoso(azure());
    const { behaviour } = azure().organisation;
    Object.assign(behaviour, { lockMs: 0, operationMs: -1, postgresTakesAuthConfig: true });
    stage = setStage(azure());
    await stage.discovery.refresh();
  });

  const clusterOf = (name: string): Promise<Cluster> => readCluster(stage.door, stage.cluster(name));

  const changing = async (name: string, change: (cluster: Cluster) => Change | Promise<Change>) => {
    const cluster = await clusterOf(name);
    return kinds[cluster.kind].steps(cluster, await change(cluster));
  };

  const roleOf = async (cluster: Cluster, name: string): Promise<RoleOffer> => {
    const offers = await kinds[cluster.kind].roles(stage.door, cluster);
    return offers.find(({ role }) => role.name === name) ?? assert.fail(name);
  };

  const grantOf = async (cluster: Cluster, objectId: string): Promise<Grant> => {
    const grants = await kinds[cluster.kind].grants(stage.door, cluster);
    const found = grants.find(
      ({ holder }) => holder.state === 'entra' && holder.principal.objectId === objectId,
    );
    return found ?? assert.fail(objectId);
  };

  const adding =
    (who: { readonly id: string }, role: string, more: { scope?: string; alias?: string } = {}) =>
    async (cluster: Cluster): Promise<Change> => {
      const type = who === reporting ? 'servicePrincipal' : 'user';
      const principal: Principal = { objectId: who.id, type, tenant: tenantIds.contoso };
      const wanted = { principal, role: await roleOf(cluster, role), scope: more.scope, alias: more.alias };
      return { what: 'addGrant', wanted };
    };

  const changingRole =
    (who: { readonly id: string }, role: string) =>
    async (cluster: Cluster): Promise<Change> => ({
      what: 'changeRole',
      grant: await grantOf(cluster, who.id),
      role: await roleOf(cluster, role),
    });

  const removing =
    (who: { readonly id: string }) =>
    async (cluster: Cluster): Promise<Change> => ({
      what: 'removeGrant',
      grant: await grantOf(cluster, who.id),
    });

  const rule = { id: undefined, name: 'home', start: '198.51.100.7', end: '198.51.100.7' };

  /** What is copied, by the name of its golden text. */
  const cases: Readonly<Record<string, () => Promise<readonly Step[]>>> = {
    'documentdb-administrator-add': () => changing('orders-eu', adding(robin, 'administrator')),
    'documentdb-administrator-remove': () => changing('orders-eu', removing(reporting)),
    'documentdb-entra-only': () =>
      changing('carts-eu', () => ({ what: 'setModes', entra: true, native: false })),
    'documentdb-passwords-on': () =>
      changing('orders-eu', () => {
        const administrator = { userName: 'dbadmin', password };
        return { what: 'setModes', entra: true, native: true, administrator };
      }),
    'documentdb-read-only-add': () => changing('orders-eu', adding(reporting, 'readOnly')),
    'documentdb-administrator-to-read-only': () => changing('orders-eu', changingRole(reporting, 'readOnly')),
    'documentdb-read-only-to-administrator': () =>
      changing('orders-eu', async (cluster) => ({
        what: 'changeRole',
        grant: {
          id: `${cluster.id}/inside/${robin.id}`,
          holder: {
            state: 'entra',
            principal: { objectId: robin.id, type: 'user', tenant: undefined },
            alias: undefined,
          },
          role: { name: 'readOnly' },
          roleId: 'readAnyDatabase',
          scope: undefined,
          keptIn: 'database',
        },
        role: await roleOf(cluster, 'administrator'),
      })),
    'documentdb-rule-add': () => changing('orders-eu', () => ({ what: 'addRule', rule })),
    'postgresql-role-add': () => changing('ledger', adding(robin, 'user', { alias: 'robin.reyes' })),
    'postgresql-role-change': () => changing('ledger', changingRole(kai, 'administrator')),
    'postgresql-entra-only': () =>
      changing('ledger', () => ({ what: 'setModes', entra: true, native: false })),
    'account-role-at-container': () =>
      changing('catalog', adding(robin, 'dataReader', { scope: 'shop/products' })),
    'account-role-change': () => changing('catalog', changingRole(reporting, 'dataContributor')),
    'account-keys-off': () => changing('catalog', () => ({ what: 'setModes', entra: true, native: false })),
    'account-rule-add': () => changing('catalog', () => ({ what: 'addRule', rule })),
    'administrators-on-several': async () => [
      ...(await changing('orders-eu', adding(robin, 'administrator'))),
      ...(await changing('carts-eu', adding(robin, 'administrator'))),
      ...(await changing('carts-eu', adding(reporting, 'administrator'))),
      ...(await changing('orders-staging', adding(robin, 'administrator'))),
    ],
  };

  for (const [name, stepsOf] of Object.entries(cases)) {
    describe(name, () => {
      let steps: readonly Step[];
      let requests: readonly Request[];
      beforeEach(async () => {
        steps = await stepsOf();
        requests = requestsOf(steps);
      });

      it('reads as written down', () => {
        const offered = formatsFor(steps);
        const texts = allFormats.map((format) => {
          const mark = offered.includes(format) ? '' : ' (not offered)';
          return `======== ${format}${mark}\n${copyOf(format, steps, publicCloud)}`;
        });
        matchesGolden(name, texts.join('\n'));
      });

      it('has no spaces at the end of a line, one end, and no password', () => {
        for (const cloud of clouds) {
          for (const format of allFormats) {
            const text = copyOf(format, steps, cloud);
            assert.doesNotMatch(text, /[ \t]$/m, format);
            assert.match(text, /^\S[^]*[^\n]\n$/, format);
            assert.ok(!text.includes(password), format);
          }
        }
      });

      it('is what a shell hands to the Azure CLI, and local Azure accepts it', async () => {
        const cloud = cloudAt(azure().endpoints);
        azure().organisation.behaviour.nativeNeedsPassword = true;
        const typed = String.raw`a"b\c$d'e`;
        const calls = runWithFakeCli(copyOf('azureCli', steps, cloud), `${typed}\n`);
        const sent = calls.filter(([word]) => word === 'rest').map(restCallOf);
        assert.deepEqual(
          sent,
          requests.map((step) => ({
            method: step.method.toLowerCase(),
            url: `${cloud.resourceManager}${step.id}?api-version=${step.apiVersions[0]}`,
            resource: cloud.audiences.resourceManager,
            body: json(withPassword(step.body, typed)),
          })),
        );
        for (const { method, url, body } of sent) await accepted({ method, url, body });
      });

      it('is the HTTP request that local Azure accepts', async () => {
        const parsed = requestsIn(copyOf('rest', steps, cloudAt(azure().endpoints)));
        assert.deepEqual(
          parsed.map(({ method, body }) => ({ method, body })),
          requests.map(({ method, body }) => ({ method, body: json(withPassword(body, '<new password>')) })),
        );
        for (const request of parsed) {
          assert.equal(request.headers['authorization'], 'Bearer {{token}}');
          assert.equal(request.headers['content-type'], request.body && 'application/json');
          await accepted(request);
        }
      });

      it('is Bicep that says the same', () => {
        const files = bicepFiles(copyOf('bicep', steps, publicCloud));
        const puts = requests.filter(({ method }) => method === 'PUT');
        assert.deepEqual(
          files.flatMap(({ resources }) =>
            resources.flatMap(({ type, existing, body: { name, parent, dependsOn: _order, ...body } }) => {
              if (existing) return [];
              const above = resources.find(({ symbol }) => refersTo(parent, symbol)) ?? assert.fail(type);
              return [{ type, name, parent: [above.type, above.existing, above.body], body }];
            }),
          ),
          puts.map(({ id, type, apiVersions: [version], body }) => {
            const [name, , parentName] = id.split('/').toReversed();
            const above = `${type.split('/').slice(0, -1).join('/')}@${version}`;
            return {
              type: `${type}@${version}`,
              name,
              parent: [above, true, { name: parentName }],
              body: json(body),
            };
          }),
        );
        const patches = requests.filter(({ method }) => method === 'PATCH');
        assert.deepEqual(
          files.flatMap(({ fragments }) => fragments),
          patches.map(({ body }) => json(withPassword(body, ref('newPassword')))),
        );
      });

      it('is HCL that says the same', () => {
        const blocks = readHcl(copyOf('terraform', steps, publicCloud));
        const resources = blocks.filter(({ words }) => words[0] === 'resource');
        assert.deepEqual(
          resources.map(({ words, body: { depends_on: _order, sensitive_body: secret, ...body } }) => ({
            words: words.slice(0, 2),
            body: secret === undefined ? body : { ...body, body: merged(body['body'], secret) },
          })),
          requests.map(({ method, id, type, apiVersions: [version], body }) => {
            const [name, , ...parent] = id.split('/').toReversed();
            const versioned = { type: `${type}@${version}` };
            switch (method) {
              case 'PUT': {
                const place = { parent_id: parent.toReversed().join('/'), name };
                const all = { ...versioned, ...place, ignore_casing: true, body: json(body) };
                return { words: ['resource', 'azapi_resource'], body: all };
              }
              case 'PATCH': {
                const wanted = json(withPassword(body, ref('var.new_password')));
                const all = { ...versioned, resource_id: id, body: wanted };
                return { words: ['resource', 'azapi_update_resource'], body: all };
              }
              case 'DELETE':
                return {
                  words: ['resource', 'azapi_resource_action'],
                  body: { ...versioned, resource_id: id, method },
                };
            }
          }),
        );
        assert.equal(new Set(resources.map(({ words }) => words.join(' '))).size, resources.length);
      });

      it('is what mongosh sends to the database', () => {
        assert.deepEqual(
          commandsIn(copyOf('mongosh', steps, publicCloud)),
          steps.flatMap((step) => (step.to === 'database' ? [['admin', json(step.command)]] : [])),
        );
      });
    });
  }

  const accepted = async (request: { method: string; url: string; body: unknown }): Promise<void> => {
    const token = await managementToken(azure());
    const { status, text } = await ask(azure(), request.url, {
      method: request.method.toUpperCase(),
      token,
      ...(request.body === undefined ? {} : { body: request.body as object }),
    });
    assert.ok([200, 201, 202, 204].includes(status), `${request.method} ${request.url}: ${status} ${text}`);
  };

  it('offers the formats that can say it', async () => {
    const offered = async (name: string) => formatsFor((await cases[name]?.()) ?? []);
    const arm = ['azureCli', 'rest', 'bicep', 'terraform'];
    assert.deepEqual(await offered('documentdb-administrator-add'), arm);
    assert.deepEqual(await offered('account-keys-off'), arm);
    assert.deepEqual(await offered('documentdb-administrator-remove'), ['azureCli', 'rest', 'terraform']);
    assert.deepEqual(await offered('documentdb-read-only-add'), ['mongosh']);
    assert.deepEqual(await offered('documentdb-read-only-to-administrator'), [...arm, 'mongosh']);
    assert.deepEqual(formatsFor([]), []);
  });

  it('sends no second step of a cluster before the first is done, nor after it failed', async () => {
    const steps = (await cases['account-role-change']?.()) ?? [];
    const [put, remove] = requestsOf(steps);
    const script = copyOf('azureCli', steps, publicCloud);
    assert.deepEqual(runWithFakeCli(script).map(kindOfCall), [
      ['rest', 'put'],
      ['resource', '--custom', put?.id],
      ['rest', 'delete'],
    ]);
    for (const failing of ['rest', 'resource']) {
      const calls = runWithFakeCli(script, '', failing).map(kindOfCall);
      assert.ok(!calls.some(([, method]) => method === 'delete'), failing);
    }
    assert.equal(remove?.method, 'DELETE');
  });

  it('waits until what is removed is gone, and leaves other clusters alone', async () => {
    const there = (await cases['postgresql-role-change']?.()) ?? [];
    const [remove] = requestsOf(there);
    assert.deepEqual(runWithFakeCli(copyOf('azureCli', there, publicCloud)).map(kindOfCall), [
      ['rest', 'delete'],
      ['resource', '--deleted', remove?.id],
      ['rest', 'put'],
    ]);
    const several = (await cases['administrators-on-several']?.()) ?? [];
    const words = runWithFakeCli(copyOf('azureCli', several, publicCloud), '', 'rest').map(kindOfCall);
    // The third follows the second on one cluster; the others do not depend on each other.
    assert.deepEqual(words, [
      ['rest', 'put'],
      ['rest', 'put'],
      ['rest', 'put'],
    ]);
    const [gone = assert.fail()] = (await cases['documentdb-administrator-remove']?.()) ?? [];
    const inside = await changing('carts-eu', adding(robin, 'readOnly'));
    assert.deepEqual(runWithFakeCli(copyOf('azureCli', [gone, ...inside], publicCloud)).map(kindOfCall), [
      ['rest', 'delete'],
    ]);
  });

  it('says in which cluster a command runs', async () => {
    const steps = [
      ...(await changing('orders-eu', adding(robin, 'readOnly'))),
      ...(await changing('carts-eu', adding(robin, 'readWrite'))),
    ];
    for (const format of allFormats) {
      const text = copyOf(format, steps, publicCloud);
      const names = Array.from(
        text.matchAll(/^(?:# |\/\/ )?\/\/ on (.+)\n.*db\.getSiblingDB/gm),
        ([, name]) => name,
      );
      assert.deepEqual(names, ['orders-eu', 'carts-eu'], format);
    }
  });

  it('names whom a token is for outside the public cloud alone', async () => {
    const steps = (await cases['documentdb-administrator-add']?.()) ?? [];
    const resources = clouds.map((cloud) => {
      const [call = []] = runWithFakeCli(copyOf('azureCli', steps, cloud));
      const { url, resource } = restCallOf(call);
      assert.ok(url.startsWith(`${cloud.resourceManager}/subscriptions/`));
      return resource;
    });
    assert.deepEqual(resources, [
      undefined,
      'https://management.core.usgovcloudapi.net',
      'https://management.core.chinacloudapi.cn',
      'https://arm.local',
    ]);
  });

  it('says in templates what comes before what on one cluster', async () => {
    const steps = (await cases['administrators-on-several']?.()) ?? [];
    const blocks = readHcl(copyOf('terraform', steps, publicCloud));
    assert.deepEqual(
      blocks.map(({ body }) => body['depends_on']),
      [undefined, undefined, [ref('azapi_resource.user_2')], undefined],
    );
    const text = copyOf('bicep', steps, publicCloud);
    const [first = [], second = [], ...more] = bicepFiles(text).map(({ resources }) => resources);
    assert.equal(more.length, 0);
    assert.deepEqual(
      first.map(({ symbol, body }) => [symbol, body['dependsOn']]),
      [
        ['cluster', undefined],
        ['user', undefined],
        ['cluster2', undefined],
        ['user2', undefined],
        ['user3', [ref('user2')]],
      ],
    );
    assert.deepEqual(
      second.map(({ symbol }) => symbol),
      ['cluster', 'user'],
    );
    assert.match(
      text,
      /^\/\/ az .+ --resource-group 'shop-eu' [^]*^\/\/ az .+ --resource-group 'shop-staging' /m,
    );
  });
});

const clouds: readonly Cloud[] = [
  publicCloud,
  cloudOf('usGovernment', undefined),
  cloudOf('china', undefined),
  cloudOf('custom', {
    authenticationProvider: 'local',
    resourceManager: 'https://arm.local:8443',
    graph: 'https://graph.local',
    portal: 'https://portal.local',
    audiences: { resourceManager: 'https://arm.local', graph: 'https://graph.local' },
  }),
];

function requestsOf(steps: readonly Step[]): readonly Request[] {
  return steps.filter((step) => step.to === 'resourceManager');
}

function withPassword(body: unknown, wanted: unknown): unknown {
  return (
    JSON.parse(JSON.stringify(body ?? null), (name, value: unknown) => (isPassword(name) ? wanted : value)) ??
    undefined
  );
}

function merged(one: unknown, other: unknown): unknown {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return other;
  const result: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    result[name] = name in result ? merged(result[name], value) : value;
  }
  return result;
}

/** Compares with the text of that name; `UPDATE_GOLDEN=1` writes it anew. */
function matchesGolden(name: string, text: string): void {
  const file = new URL(`golden/copyAs/${name}.txt`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
}
