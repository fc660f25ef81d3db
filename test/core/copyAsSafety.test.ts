import assert from 'node:assert/strict';
import fc from 'fast-check';
import { copyOf } from '../../src/core/access/copyAs.ts';
import type { CopyFormat } from '../../src/core/access/copyAs.ts';
import type { Step } from '../../src/core/clusters/change.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import {
  commandsIn,
  isPassword,
  json,
  readBicep,
  readHcl,
  ref,
  requestsIn,
  restCallOf,
  runWithFakeCli,
  shellsTake,
} from './copyAsReaders.ts';

type Request = Step & { to: 'resourceManager' };

const allFormats: readonly CopyFormat[] = ['azureCli', 'rest', 'bicep', 'terraform', 'mongosh'];
const publicCloud = cloudOf('public', undefined);
const password = 'hunter2Hunter2';

describe('what is copied is safe', () => {
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
    const clusters = '/subscriptions/5b5c/resourceGroups/shop/providers/Microsoft.DocumentDB/mongoClusters';
    const cluster = `${clusters}/orders`;
    const put = (body: object, id = 'x'): Request => ({
      to: 'resourceManager',
      method: 'PUT',
      id: `${cluster}/users/${id}`,
      type: 'Microsoft.DocumentDB/mongoClusters/users',
      apiVersions: ['2026-06-01', '2025-09-01'],
      body: { properties: body },
    });
    // A name that means a place in an address is none of a resource.
    const segment = odd.filter((text) => !/[/\0]|^\.{0,2}$/.test(text));
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
    }).timeout(shellsTake);

    it('survives the shell as an id to wait for', () => {
      fc.assert(
        fc.property(segment, (id) => {
          const steps = [put({}, id), put({}, 'y')];
          const [, wait = []] = runWithFakeCli(copyOf('azureCli', steps, publicCloud));
          assert.equal(wait[wait.indexOf('--ids') + 1], `${cluster}/users/${id}`);
        }),
        { numRuns: 30 },
      );
    }).timeout(shellsTake);

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

    it('is a text for each format even with half a character in an id', () => {
      for (const format of allFormats) {
        assert.match(copyOf(format, [put({}, 'a\uD800'), put({}, 'b')], publicCloud), /\n$/);
      }
    });

    it('survives mongosh', () => {
      fc.assert(
        fc.property(odd, plain, (user, customData) => {
          const command = { dropUser: user, customData };
          const text = copyOf('mongosh', [{ to: 'database', cluster, command }], publicCloud);
          assert.deepEqual(commandsIn(text), [['admin', json(command)]]);
        }),
      );
    });

    it('is never code where it is a comment', () => {
      fc.assert(
        fc.property(segment, segment, odd, plain, (id, name, user, body) => {
          const command = { dropUser: user, ...body };
          const steps: readonly Step[] = [
            { ...put({}, id), method: 'DELETE' },
            { to: 'database', cluster: `${clusters}/${name}`, command },
          ];
          assert.deepEqual(commandsIn(copyOf('mongosh', steps, publicCloud)), [['admin', json(command)]]);
          assert.deepEqual(readBicep(copyOf('bicep', steps, publicCloud)).resources, []);
          assert.equal(readHcl(copyOf('terraform', steps, publicCloud)).length, 1);
          assert.equal(requestsIn(copyOf('rest', steps, publicCloud)).length, 1);
        }),
      );
      fc.assert(
        fc.property(segment, odd, (name, user) => {
          const other = `${clusters}/${name}`;
          const steps: readonly Step[] = [
            put({}),
            { to: 'database', cluster, command: { dropUser: user } },
            { to: 'database', cluster: other, command: {} },
          ];
          assert.equal(runWithFakeCli(copyOf('azureCli', steps, publicCloud)).length, 2);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('a password', () => {
    const cluster = '/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/serverGroupsv2/c';
    const step = (method: 'PUT' | 'PATCH', body: Record<string, unknown>): Request => ({
      to: 'resourceManager',
      method,
      id: `${cluster}/roles/r`,
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
          const steps: readonly Step[] = [step(method, body), { to: 'database', cluster, command: body }];
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
      const text = copyOf('mongosh', [{ to: 'database', cluster, command }], publicCloud);
      assert.deepEqual(commandsIn(text), [['admin', { createUser: 'x', pwd: 'typed', roles: [] }]]);
    });
  });
});
