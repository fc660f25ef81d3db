import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
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

      it('is HCL as Terraform itself would lay it out', function () {
        if (!hasTerraform()) return this.skip();
        const text = copyOf('terraform', steps, publicCloud);
        const { stdout, stderr } = terraform(['fmt', '-'], text);
        assert.equal(stdout, text, stderr);
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

  describe('whatever stands in it', () => {
    const characters = Array.from(`'"\`$%{}[]()\\!#&|;*?~@=<>:/,.- \n\r\tazAZ09_é😀`);
    const character = fc.constantFrom(...characters, '${', '%{', '{{');
    const nasty = fc.string({ unit: character, maxLength: 12 });
    const odd = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 12 }));
    const name = fc.constantFrom('for', 'true', 'null', '__proto__', 'passwordAuth', 'a-b', 'resource', '');
    const plain = fc.object({
      key: fc.oneof(odd, name).filter((key) => !isPassword(key)),
      values: [
        odd,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ],
      maxDepth: 3,
    });
    const cluster =
      '/subscriptions/5b5c/resourceGroups/shop/providers/Microsoft.DocumentDB/mongoClusters/orders';
    const put = (body: object, id = 'x'): Request => ({
      to: 'resourceManager',
      method: 'PUT',
      id: `${cluster}/users/${id}`,
      type: 'Microsoft.DocumentDB/mongoClusters/users',
      apiVersions: ['2026-06-01', '2025-09-01'],
      body: { properties: body },
    });
    const segment = odd.filter((text) => !/[/\0]/.test(text));
    const same = (actual: unknown, body: object): void =>
      assert.deepEqual(actual, json({ properties: body }));

    it('survives the shell', () => {
      fc.assert(
        fc.property(segment, plain, (id, body) => {
          const [call = []] = runWithFakeCli(copyOf('azureCli', [put(body, id)], publicCloud));
          const sent = restCallOf(call);
          assert.equal(
            sent.url,
            `${publicCloud.resourceManager}${cluster}/users/${id}?api-version=2026-06-01`,
          );
          same(sent.body, body);
        }),
        { numRuns: 60 },
      );
    });

    it('survives the shell as an id to wait for', () => {
      fc.assert(
        fc.property(segment, (id) => {
          const steps = [put({}, id), put({}, 'y')];
          const [, wait = []] = runWithFakeCli(copyOf('azureCli', steps, publicCloud));
          assert.equal(wait[wait.indexOf('--ids') + 1], `${cluster}/users/${id}`);
        }),
        { numRuns: 30 },
      );
    });

    it('survives HTTP, with no place for a variable but the token’s', () => {
      fc.assert(
        fc.property(segment, plain, (id, body) => {
          const text = copyOf('rest', [put(body, id)], publicCloud);
          const [request = assert.fail(text)] = requestsIn(text);
          assert.equal(decodeURIComponent(request.path), `${cluster}/users/${id}`);
          same(request.body, body);
          const code = text.replaceAll(/^#.*$/gm, '');
          assert.equal(code.split('{{').length, 2);
        }),
      );
    });

    it('survives Bicep', () => {
      fc.assert(
        fc.property(segment, plain, (id, body) => {
          const { resources } = readBicep(copyOf('bicep', [put(body, id)], publicCloud));
          const [, user = assert.fail()] = resources;
          assert.equal(user.body['name'], id);
          same({ properties: user.body['properties'] }, body);
        }),
      );
    });

    it('survives HCL', () => {
      fc.assert(
        fc.property(segment, plain, (id, body) => {
          const [user = assert.fail()] = readHcl(copyOf('terraform', [put(body, id)], publicCloud));
          assert.equal(user.body['name'], id);
          same(user.body['body'], body);
        }),
      );
    });

    it('survives Terraform itself', function () {
      if (!hasTerraform()) return this.skip();
      // One evaluation of many: each resource is read as a block of locals.
      const bodies = fc.sample(
        fc.dictionary(
          fc.oneof(nasty, name).filter((key) => !isPassword(key)),
          nasty,
        ),
        60,
      );
      const text = copyOf(
        'terraform',
        bodies.map((body, index) => put(body, `u${index}`)),
        publicCloud,
      );
      let count = 0;
      const locals = text
        .replaceAll(/^resource .*$/gm, 'locals {')
        .replaceAll(/^ {2}(?:type|parent_id|name|ignore_casing|depends_on) *= .*\n/gm, '')
        .replaceAll(/^ {2}body = /gm, () => `  body${count++} = `);
      const all = bodies.map((_, index) => `local.body${index}`);
      const { stdout, stderr } = terraform(['console'], `jsonencode([${all.join(', ')}])\n`, locals);
      const answered = JSON.parse(stdout) as string;
      assert.deepEqual(
        json(JSON.parse(answered)),
        json(bodies.map((body) => ({ properties: body }))),
        stderr,
      );
    });

    it('is a text for each format even with half a character in an id', () => {
      for (const format of allFormats) {
        assert.match(copyOf(format, [put({}, 'a\uD800'), put({}, 'b')], publicCloud), /\n$/);
      }
    });

    it('survives mongosh', () => {
      fc.assert(
        fc.property(odd, plain, (user, customData) => {
          const command = { dropUser: user, customData };
          const text = copyOf('mongosh', [{ to: 'database', command }], publicCloud);
          assert.deepEqual(commandsIn(text), [['admin', json(command)]]);
        }),
      );
    });

    it('is never code where it is a comment', () => {
      fc.assert(
        fc.property(segment, odd, plain, (id, user, body) => {
          const command = { dropUser: user, ...body };
          const steps: readonly Step[] = [
            { ...put({}, id), method: 'DELETE' },
            { to: 'database', command },
          ];
          assert.deepEqual(commandsIn(copyOf('mongosh', steps, publicCloud)), [['admin', json(command)]]);
          assert.deepEqual(readBicep(copyOf('bicep', steps, publicCloud)).resources, []);
          assert.equal(readHcl(copyOf('terraform', steps, publicCloud)).length, 1);
          assert.equal(requestsIn(copyOf('rest', steps, publicCloud)).length, 1);
        }),
      );
      fc.assert(
        fc.property(odd, (user) => {
          const steps: readonly Step[] = [put({}), { to: 'database', command: { dropUser: user } }];
          assert.equal(runWithFakeCli(copyOf('azureCli', steps, publicCloud)).length, 2);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('a password', () => {
    const step = (method: 'PUT' | 'PATCH', body: Record<string, unknown>): Request => ({
      to: 'resourceManager',
      method,
      id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/serverGroupsv2/c/roles/r',
      type: 'Microsoft.DBforPostgreSQL/serverGroupsv2/roles',
      apiVersions: ['2023-03-02-preview'],
      body,
    });

    it('is nowhere in it, however deep, in a step or a command', () => {
      const key = fc.constantFrom('password', 'Password', 'administratorLoginPassword', 'pwd');
      const path = fc.array(fc.constantFrom('properties', 'administrator', 'list', 'password'), {
        maxLength: 4,
      });
      const secret = fc.oneof(
        fc.constant(password),
        fc.constant([password]),
        fc.constant({ value: password }),
      );
      fc.assert(
        fc.property(key, path, secret, fc.constantFrom('PUT', 'PATCH'), (name, above, value, method) => {
          const body = above.reduce<Record<string, unknown>>(
            (inner, outer) => ({ [outer]: outer === 'list' ? [inner] : inner }),
            { [name]: value },
          );
          const steps: readonly Step[] = [step(method, body), { to: 'database', command: body }];
          for (const format of allFormats) {
            assert.ok(!copyOf(format, steps, publicCloud).includes(password), format);
          }
          readBicep(copyOf('bicep', steps, publicCloud));
          readHcl(copyOf('terraform', steps, publicCloud));
        }),
      );
    });

    it('is asked for by the shell, and on no command line', () => {
      const typed = String.raw` a"b\c$d'e` + '`f ';
      const script = copyOf('azureCli', [step('PUT', { properties: { password: 'p' } })], publicCloud);
      const [call = []] = runWithFakeCli(script, `${typed}\n`);
      assert.ok(!call.slice(0, -1).some((word) => word.includes('a"b')));
      assert.deepEqual(restCallOf(call).body, { properties: { password: typed } });
    });

    it('is a secure parameter in Bicep, one for each', () => {
      const body = { properties: { password: 'p' } };
      const text = copyOf(
        'bicep',
        [step('PUT', body), { ...step('PUT', body), id: `${step('PUT', body).id}2` }],
        publicCloud,
      );
      const { parameters, resources } = readBicep(text);
      assert.deepEqual(parameters, ['newPassword', 'newPassword2']);
      assert.deepEqual(
        resources.filter(({ existing }) => !existing).map(({ body: { properties } }) => properties),
        [{ password: ref('newPassword') }, { password: ref('newPassword2') }],
      );
    });

    it('is a variable in Terraform that no state keeps', () => {
      const [variable, resource] = readHcl(
        copyOf('terraform', [step('PUT', { properties: { login: 'l', password: 'p' } })], publicCloud),
      );
      assert.deepEqual(variable, {
        words: ['variable', 'new_password'],
        body: { type: ref('string'), sensitive: true, ephemeral: true },
      });
      assert.deepEqual(resource?.body['body'], { properties: { login: 'l' } });
      assert.deepEqual(resource?.body['sensitive_body'], {
        properties: { password: ref('var.new_password') },
      });
    });

    it('takes the list that it is in with it, out of what a state keeps', () => {
      const properties = { plain: [{ login: 'l' }], users: [{ login: 'l', password: 'p' }] };
      const [, resource] = readHcl(copyOf('terraform', [step('PUT', { properties })], publicCloud));
      assert.deepEqual(resource?.body['body'], { properties: { plain: [{ login: 'l' }] } });
      assert.deepEqual(resource?.body['sensitive_body'], {
        properties: { users: [{ login: 'l', password: ref('var.new_password') }] },
      });
    });

    it('is asked for by mongosh', () => {
      const command = { createUser: 'x', pwd: password, roles: [] };
      const text = copyOf('mongosh', [{ to: 'database', command }], publicCloud);
      assert.deepEqual(commandsIn(text), [['admin', { createUser: 'x', pwd: 'typed', roles: [] }]]);
    });
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

/** As it is after a journey as JSON. */
function json(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function isPassword(name: string): boolean {
  return /password$|^pwd$/i.test(name);
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

/**
 * Runs a script where `az` only tells how it was called: its words, and at the end what it read if one of them
 * said to. `failing` is the command that fails.
 */
function runWithFakeCli(script: string, typed = '', failing = ''): readonly (readonly string[])[] {
  const az = [
    'az() {',
    // Into a file descriptor of its own: the script may use the others.
    String.raw`  printf '%s\0' "$#" "$@" >&3`,
    String.raw`  case "$*" in *"--body @-"*) cat >&3 ;; esac; printf '\0' >&3`,
    `  [ "$1" != '${failing}' ]`,
    '}',
    // A shell with strict habits runs it just as well.
    'set -u',
    // Reads what nobody asked for.
    "trap 'cat >/dev/null' EXIT",
  ].join('\n');
  const { output, status, stderr, error } = spawnSync('bash', ['-c', `${az}\n${script}`], {
    input: typed,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  assert.equal(error, undefined);
  if (failing === '') assert.equal(status, 0, stderr);
  assert.equal(stderr.replaceAll(/New password: \n/g, ''), '', stderr);
  const words = (output[3] ?? '').split('\0').slice(0, -1);
  const calls: string[][] = [];
  while (words.length > 0) calls.push(words.splice(0, Number(words.shift()) + 1));
  return calls;
}

/** A call of `az rest`, which takes no other words than these. */
function restCallOf(words: readonly string[]) {
  const [command, ...rest] = words;
  const read = rest.pop();
  assert.equal(command, 'rest');
  const options = new Map<string, string>();
  for (let index = 0; index < rest.length; index += 2) options.set(rest[index] ?? '', rest[index + 1] ?? '');
  assert.equal(options.size * 2, rest.length);
  const unknown = [...options.keys()].filter(
    (name) => !['--method', '--url', '--resource', '--body'].includes(name),
  );
  assert.deepEqual(unknown, []);
  const body = options.get('--body');
  const url = options.get('--url') ?? '';
  assert.ok(URL.canParse(url), url);
  return {
    method: options.get('--method') ?? '',
    url: decodeURIComponent(url),
    resource: options.get('--resource'),
    body: body === undefined ? undefined : (JSON.parse(body === '@-' ? (read ?? '') : body) as unknown),
  };
}

function kindOfCall(words: readonly string[]): readonly (string | undefined)[] {
  const [command] = words;
  if (command === 'rest') return [command, words[words.indexOf('--method') + 1]];
  const [, wait, condition, ...rest] = words;
  assert.equal(wait, 'wait');
  assert.ok(rest.includes('--subscription') && rest.includes('--api-version'));
  if (condition === '--custom')
    assert.equal(rest[0], "(properties.provisioningState || 'Succeeded') == 'Succeeded'");
  return [command, condition, words[words.indexOf('--ids') + 1]];
}

/** The requests of a `.http` file, as an editor that sends them reads it. */
function requestsIn(text: string) {
  return text.split(/^###.*$/m).flatMap((block) => {
    const lines = block.split('\n');
    while (lines[0] !== undefined && (lines[0].trim() === '' || lines[0].startsWith('#'))) lines.shift();
    const [line] = lines;
    if (line === undefined) return [];
    const [, method = '', url = ''] = /^(PUT|PATCH|DELETE) (https:\/\/\S+) HTTP\/1\.1$/.exec(line) ?? [];
    assert.notEqual(method, '', line);
    const blank = lines.indexOf('');
    const headers = Object.fromEntries(
      lines.slice(1, blank < 0 ? undefined : blank).map((header) => {
        const [, key = '', value] = /^([\w-]+): (.+)$/.exec(header) ?? assert.fail(header);
        return [key.toLowerCase(), value] as const;
      }),
    );
    const content = blank < 0 ? '' : lines.slice(blank).join('\n').trim();
    const body = content === '' ? undefined : (JSON.parse(content) as unknown);
    const { pathname: path, search } = new URL(url);
    assert.match(search, /^\?api-version=[\w-]+$/);
    return [{ method, url, path, headers, body }];
  });
}

/** What a script in mongosh runs on which database. */
function commandsIn(script: string): readonly unknown[] {
  const commands: unknown[] = [];
  const db = {
    getSiblingDB: (name: string) => ({
      runCommand: (command: unknown) => commands.push([name, json(command)]),
    }),
  };
  runInNewContext(script, { db, passwordPrompt: () => 'typed' });
  return commands;
}

/** Where it is installed, it is asked. */
const terraformProgram = process.env['TERRAFORM'] ?? 'terraform';

function hasTerraform(): boolean {
  return spawnSync(terraformProgram, ['version']).error === undefined;
}

function terraform(words: readonly string[], input: string, configuration = '') {
  const folder = mkdtempSync(join(tmpdir(), 'copy-as-'));
  try {
    writeFileSync(join(folder, 'main.tf'), configuration);
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: join(folder, 'none') };
    writeFileSync(env.TF_CLI_CONFIG_FILE, '');
    return spawnSync(terraformProgram, words, { cwd: folder, input, env, encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A name that stands where a value could. */
function ref(name: string): object {
  return { $ref: name };
}

function refersTo(value: unknown, name: string): boolean {
  return (value as { $ref?: unknown } | undefined)?.$ref === name;
}

type Body = Readonly<Record<string, unknown>>;

/** What two languages of templates have in common, read without any mercy. */
interface Dialect {
  readonly comment: string;
  readonly quote: string;
  readonly assign: string;
  /** Between the items of a list: a comma, or else lines. */
  readonly comma: boolean;
  /** The character that an escape stands for, and how long it is; undefined where there is none. */
  readonly escape: (rest: string) => readonly [string, number] | undefined;
  /** What must not stand bare in a text. */
  readonly forbidden: RegExp;
}

const bicepDialect: Dialect = {
  comment: '//',
  quote: "'",
  assign: ':',
  comma: false,
  escape(rest) {
    const simple: Readonly<Record<string, string>> = {
      [String.raw`\n`]: '\n',
      [String.raw`\r`]: '\r',
      [String.raw`\t`]: '\t',
      [String.raw`\\`]: '\\',
      [String.raw`\'`]: "'",
      [String.raw`\$`]: '$',
    };
    const found = simple[rest.slice(0, 2)];
    if (found !== undefined) return [found, 2];
    const [whole, code = ''] = /^\\u\{([\da-f]{1,6})\}/i.exec(rest) ?? [];
    return whole === undefined ? undefined : [String.fromCodePoint(Number.parseInt(code, 16)), whole.length];
  },
  forbidden: /^(?:\\|\$\{|[\n\r\uFFFF])/,
};

const hclDialect: Dialect = {
  comment: '#',
  quote: '"',
  assign: '=',
  comma: true,
  escape(rest) {
    const simple: Readonly<Record<string, string>> = {
      [String.raw`\n`]: '\n',
      [String.raw`\r`]: '\r',
      [String.raw`\t`]: '\t',
      [String.raw`\\`]: '\\',
      [String.raw`\"`]: '"',
    };
    const found = simple[rest.slice(0, 2)];
    if (found !== undefined) return [found, 2];
    if (rest.startsWith('$${')) return ['${', 3];
    if (rest.startsWith('%%{')) return ['%{', 3];
    const [whole, code = ''] = /^\\u([\da-f]{4})/i.exec(rest) ?? [];
    return whole === undefined ? undefined : [String.fromCharCode(Number.parseInt(code, 16)), whole.length];
  },
  forbidden: /^(?:\\|[$%]\{|[\n\r])/,
};

function reader(source: string, dialect: Dialect) {
  let place = 0;
  const rest = (): string => source.slice(place);
  const fail = (wanted: string): never => assert.fail(`${wanted} wanted at: ${rest().slice(0, 60)}`);
  const take = (pattern: RegExp): string | undefined => {
    const [found] = new RegExp(`^(?:${pattern.source})`, pattern.flags).exec(rest()) ?? [];
    place += found?.length ?? 0;
    return found;
  };
  const need = (pattern: RegExp): string => take(pattern) ?? fail(pattern.source);
  const spaces = (): unknown => take(/ +/);
  /** Empty lines and comments, each to the end of its line. */
  const lines = (): void => {
    for (;;) {
      spaces();
      if (rest().startsWith(dialect.comment)) take(/[^\n]*/);
      if (take(/\n/) === undefined) return;
    }
  };

  function text(): string {
    need(new RegExp(dialect.quote));
    let value = '';
    for (;;) {
      if (take(new RegExp(dialect.quote)) !== undefined) return value;
      const escape = dialect.escape(rest());
      if (escape !== undefined) {
        value += escape[0];
        place += escape[1];
      } else {
        if (dialect.forbidden.test(rest()) || place >= source.length) fail('a character');
        value += source[place];
        place++;
      }
    }
  }

  function value(): unknown {
    if (rest().startsWith(dialect.quote)) return text();
    if (take(/\{/) !== undefined) return object();
    if (take(/\[/) !== undefined) return list();
    const number = take(dialect.comma ? /-?\d+(\.\d+)?(e[+-]?\d+)?/ : /-?\d+/);
    if (number !== undefined) return Number(number);
    if (!dialect.comma && take(/json\(/) !== undefined) {
      const inner = JSON.parse(text()) as unknown;
      need(/\)/);
      return inner;
    }
    const word = need(/[a-z_]\w*(\.\w+)*/i);
    return { true: true, false: false, null: null }[word] ?? (word === 'null' ? null : ref(word));
  }

  function member(into: Record<string, unknown>): void {
    const bare = dialect.comma ? /[a-z_][\w-]*/i : /[a-z_]\w*/i;
    const name = rest().startsWith(dialect.quote) ? text() : need(bare);
    if (/^(true|false|null)$/.test(name) && source[place - 1] !== dialect.quote) fail('a name');
    if (name === 'for' && dialect.comma && source[place - 1] !== dialect.quote) fail('a name');
    spaces();
    need(new RegExp(dialect.assign));
    spaces();
    assert.ok(!Object.hasOwn(into, name), name);
    Object.defineProperty(into, name, {
      value: value(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }

  function object(): Body {
    const members: Record<string, unknown> = {};
    if (take(/\}/) !== undefined) return members;
    need(/\n/);
    for (lines(); take(/\}/) === undefined; lines()) {
      member(members);
      need(/\n/);
    }
    return members;
  }

  function list(): readonly unknown[] {
    const items: unknown[] = [];
    for (lines(); take(/\]/) === undefined; lines()) {
      items.push(value());
      spaces();
      if (dialect.comma) {
        if (take(/,/) === undefined) lines();
        else continue;
        if (!rest().startsWith(']')) fail(']');
      } else need(/\n/);
    }
    return items;
  }

  return { take, need, spaces, lines, text, value, object, member, isAtEnd: () => place >= source.length };
}

interface BicepResource {
  readonly symbol: string;
  readonly type: string;
  readonly existing: boolean;
  readonly body: Body;
}

function bicepFiles(text: string) {
  return text.split(/^(?=\/\/ From here on in another file)/m).map(readBicep);
}

function readBicep(source: string) {
  const { take, need, lines, text, object, member, isAtEnd } = reader(source, bicepDialect);
  const parameters: string[] = [];
  const resources: BicepResource[] = [];
  const fragments: Body[] = [];
  for (lines(); !isAtEnd(); lines()) {
    if (take(/resource (?=\w+ ')/) !== undefined) {
      const symbol = need(/[a-z_]\w*/i);
      need(/ /);
      const type = text();
      const existing = take(/ existing/) !== undefined;
      need(/ = \{/);
      resources.push({ symbol, type, existing, body: object() });
    } else if (take(/@secure\(\)\nparam /) !== undefined) {
      parameters.push(need(/[a-z_]\w*/i));
      need(/ string/);
    } else {
      const body: Record<string, unknown> = {};
      member(body);
      fragments.push(body);
    }
    need(/\n/);
  }
  const names = [...parameters, ...resources.map(({ symbol }) => symbol)];
  assert.equal(new Set(names).size, names.length);
  return { parameters, resources, fragments };
}

function readHcl(source: string): readonly { readonly words: readonly string[]; readonly body: Body }[] {
  const { take, need, lines, text, object, isAtEnd } = reader(source, hclDialect);
  const blocks: { words: readonly string[]; body: Body }[] = [];
  for (lines(); !isAtEnd(); lines()) {
    const words = [need(/[a-z]+/)];
    while (take(/ (?=")/) !== undefined) words.push(text());
    need(/ \{/);
    blocks.push({ words, body: object() });
    need(/\n/);
  }
  return blocks;
}
