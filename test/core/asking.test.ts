import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { askingFor, lackOf, managing, wantedFor } from '../../src/core/access/asking.ts';
import type { Asking, ClusterWish } from '../../src/core/access/asking.ts';
import { givingRole, takingRole } from '../../src/core/access/askingCommands.ts';
import type { Me } from '../../src/core/access/principals.ts';
import { readCluster } from '../../src/core/access/seen.ts';
import type { Change, RoleOffer, Step } from '../../src/core/clusters/change.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { ask, managementToken } from '../local-azure/client.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { commandsIn, json, restCallOf, runWithFakeCli, shellsTake } from './copyAsReaders.ts';
import { cloudAt, localAzure, onlyContoso, setStage } from './stage.ts';
import type { Stage } from './stage.ts';

const publicCloud = cloudOf('public', undefined);
const now = new Date('2026-03-04T05:06:07Z');
const { robin, reporting } = samplePeople();

const person: Me = {
  objectId: robin.id,
  type: 'user',
  tenant: tenantIds.contoso,
  name: robin.displayName,
  userName: robin.userPrincipalName,
};
const application: Me = {
  objectId: reporting.id,
  type: 'servicePrincipal',
  tenant: tenantIds.contoso,
  name: reporting.displayName,
  userName: undefined,
};
const home = { start: '198.51.100.7', end: '198.51.100.7' };
const office = { start: '203.0.113.64', end: '203.0.113.79' };

describe('what an administrator is asked for', () => {
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
  const offersOf = (cluster: Cluster): Promise<readonly RoleOffer[]> =>
    kinds[cluster.kind].roles(stage.door, cluster);
  const offer = async (cluster: Cluster, name: string): Promise<RoleOffer> =>
    (await offersOf(cluster)).find(({ role }) => role.name === name) ?? assert.fail(name);

  type Case = readonly [
    cluster: string,
    wish: (cluster: Cluster) => ClusterWish | Promise<ClusterWish>,
    who?: Me,
  ];
  const grant =
    (role: string, scope?: string): Case[1] =>
    async (cluster) => ({ what: 'grant', role: await offer(cluster, role), scope });
  const rule =
    (...ranges: (typeof home)[]): Case[1] =>
    () => ({ what: 'rule', ranges });
  const manage: Case[1] = async (cluster) => {
    const [first = assert.fail()] = await offersOf(cluster);
    const ruling = (await offersOf(cluster)).find(({ role }) => role.name === 'administrator') ?? first;
    return { what: 'action', ...(managing(cluster, ruling) ?? assert.fail()) };
  };

  /** What is asked for, by the name of its golden text. */
  const cases: Readonly<Record<string, Case>> = {
    'documentdb-read-only': ['orders-eu', grant('readOnly')],
    'documentdb-administrator': ['orders-eu', grant('administrator')],
    'documentdb-application': ['carts-eu', grant('readWrite'), application],
    'documentdb-read-only-entra-off': ['legacy-shop', grant('readOnly')],
    'documentdb-modes': ['legacy-shop', () => ({ what: 'modes' })],
    'documentdb-rule': ['orders-eu', rule(home)],
    'documentdb-manage': ['orders-eu', manage],
    'documentdb-start': ['legacy-shop', () => ({ what: 'start' })],
    'postgresql-user': ['ledger', grant('user')],
    'postgresql-administrator': ['ledger', grant('administrator')],
    'postgresql-rules': ['ledger', rule(home, office)],
    'postgresql-manage': ['ledger', manage],
    'account-reader-at-container': ['catalog', grant('dataReader', 'shop/products')],
    'account-application': ['catalog', grant('dataContributor'), application],
    'account-rules': ['catalog', rule(home, office)],
    'account-manage': ['catalog', manage],
    'account-read-action': [
      'catalog',
      (cluster) => ({
        what: 'action',
        ...lackOf('Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments/read', cluster),
      }),
    ],
  };

  const asked = async (name: string, cloud: Cloud): Promise<Asking> => {
    const [on, wish, who = person] = cases[name] ?? assert.fail(name);
    const cluster = await clusterOf(on);
    return askingFor(await wish(cluster), { cluster, person: who, cloud, now });
  };

  for (const name of Object.keys(cases)) {
    describe(name, () => {
      it('reads as written down', async () => {
        matchesGolden(name, goldenOf(await asked(name, publicCloud)));
      });

      // What is no change of the cluster's has tests of its own below.
      if (/-(manage|start|action)$/.test(name)) return;

      it('comes true by its commands, and is taken back by the others', async () => {
        const stopped = azure().organisation.resources.find((one) => one.name === 'legacy-shop');
        Object.assign(stopped?.properties ?? assert.fail(), { clusterStatus: 'Ready' });
        const asking = await asked(name, cloudAt(azure().endpoints));
        assert.ok(asking.changes.length > 0);
        const { cluster, changes } = asking;
        const before = await standing(cluster);
        const first = await run(asking, asking.commands);
        assert.equal(first.sent.length, first.told.length);
        for (const change of changes) {
          const done = await standing(cluster);
          if (change.what === 'addGrant') {
            // Whom only the database knows Resource Manager does not list.
            assert.equal(done.grants.length - before.grants.length + first.commands.length, 1);
            const { objectId } = change.wanted.principal;
            assert.ok(JSON.stringify([done.grants, first.commands]).includes(objectId));
          } else if (change.what === 'addRule')
            assert.equal(done.rules.filter((one) => one.includes(change.rule.start)).length, 1);
          else assert.equal(done.modes, 'on');
        }
        await run(asking, asking.undo);
        const turnedOn = changes.length > 1 && changes[0]?.what === 'setModes';
        assert.deepEqual(await standing(cluster), turnedOn ? { ...before, modes: 'on' } : before);
      });
    });
  }

  /** Who and what is let in. */
  const standing = async (listed: Cluster) => {
    const cluster = await readCluster(stage.door, listed);
    const kind = kinds[cluster.kind];
    const [grants, rules] = await Promise.all([
      kind.grants(stage.door, cluster),
      kind.rules(stage.door, cluster),
    ]);
    return {
      grants: grants.map(({ holder, role, scope }) => JSON.stringify({ holder, role, scope })).toSorted(),
      rules: rules.map(({ start, end }) => `${start}-${end}`).toSorted(),
      modes: cluster.modes.entra,
    };
  };

  /** Does what an administrator does: in a shell, and in mongosh. */
  const run = async ({ cluster }: Asking, commands: Asking['commands']) => {
    const told: unknown[] = [];
    const sent: unknown[] = [];
    const database: unknown[] = [];
    for (const { program, text } of commands) {
      if (program === 'mongosh') {
        database.push(...commandsIn(text));
        continue;
      }
      for (const words of runWithFakeCli(text)) {
        if (words[0] !== 'rest') continue;
        told.push(words);
        const { method, url, body } = restCallOf(words);
        const token = await managementToken(azure());
        const { status, text: answer } = await ask(azure(), url, {
          method: method?.toUpperCase() ?? '',
          token,
          ...(body === undefined ? {} : { body: body as object }),
        });
        assert.ok([200, 201, 202, 204].includes(status), `${cluster.name} ${url}: ${status} ${answer}`);
        sent.push(url);
      }
    }
    return { told, sent, commands: database };
  };

  it('tells mongosh what the extension itself sends, and the way back', async () => {
    const { commands, undo } = await asked('documentdb-read-only', publicCloud);
    assert.deepEqual(
      commands.map(({ program }) => program),
      ['mongosh'],
    );
    const cluster = await clusterOf('orders-eu');
    const wanted = {
      principal: { objectId: robin.id, type: 'user', tenant: undefined },
      role: await offer(cluster, 'readOnly'),
      scope: undefined,
      alias: undefined,
    } as const;
    const steps = kinds.vcore.steps(cluster, { what: 'addGrant', wanted });
    assert.deepEqual(
      commands.flatMap(({ text }) => commandsIn(text)),
      steps.map((step) => ['admin', json((step as Step & { to: 'database' }).command)]),
    );
    assert.deepEqual(
      undo.flatMap(({ text }) => commandsIn(text)),
      [['admin', { dropUser: robin.id }]],
    );
  });

  it('turns Entra on first where it is off, by another program than what follows', async () => {
    const { commands, doers } = await asked('documentdb-read-only-entra-off', publicCloud);
    assert.deepEqual(
      commands.map(({ program }) => program),
      ['azureCli', 'mongosh'],
    );
    assert.deepEqual(
      doers.map(({ by }) => by),
      ['azureRole', 'clusterAdministrator'],
    );
  });

  it('keeps what an account’s list of addresses has, with all that are added', async () => {
    const account = azure().organisation.resources.find(({ name }) => name === 'catalog') ?? assert.fail();
    Object.assign(account.properties, { ipRules: [{ ipAddressOrRange: '192.0.2.1' }] });
    const asking = await asked('account-rules', publicCloud);
    const bodies = asking.commands.flatMap(({ text }) =>
      runWithFakeCli(text)
        .filter(([word]) => word === 'rest')
        .map((words) => JSON.stringify(restCallOf(words).body)),
    );
    assert.equal(bodies.length, 1);
    assert.match(bodies[0] ?? '', /192\.0\.2\.1.*198\.51\.100\.7.*203\.0\.113\.64\/28/);
    assert.equal(asking.writesList, true);
    assert.equal((await asked('documentdb-rule', publicCloud)).writesList, false);
  });

  it('gives and takes a role at the cluster alone, in the words of the Azure CLI', async () => {
    const { commands, undo, cluster } = await asked('documentdb-manage', publicCloud);
    const create = `assignment create --assignee-object-id ${robin.id} --assignee-principal-type User`;
    const at = `--role Contributor --scope ${cluster.id}`;
    assert.deepEqual(
      [...commands, ...undo].map(({ text }) => runWithFakeCli(text).map((words) => words.join(' ').trim())),
      [[`role ${create} ${at}`], [`role assignment delete --assignee ${robin.id} ${at}`]],
    );
  });

  it('on behalf of somebody else is the same, made for them, with who asks beside it', async () => {
    const cluster = await clusterOf('orders-eu');
    const role = await offer(cluster, 'readOnly');
    const around = { cluster, person: application, cloud: publicCloud, now };
    const wish = { what: 'grant', role, scope: undefined } as const;
    const own = askingFor(wish, around);
    const asking = askingFor(wish, { ...around, asker: person });
    assert.deepEqual({ ...asking, asker: undefined }, own);
    assert.deepEqual([asking.person, asking.asker], [application, person]);
    assert.ok(!JSON.stringify(asking.commands).includes(person.objectId));
    const group: Me = { ...application, type: 'group' };
    const [change] = askingFor(wish, { ...around, person: group, asker: person }).changes;
    assert.equal(change?.what === 'addGrant' && change.wanted.principal.type, 'group');
  });

  it('hands every word to the Azure CLI whole, whatever stands in it', () => {
    const nasty = fc
      .string({ unit: fc.constantFrom(...Array.from(`'"\`$()\\!#&|;*~<>{} \n\taz`)), maxLength: 12 })
      .map((text) => `${text}$(id)\`id\`'`);
    fc.assert(
      fc.property(nasty, nasty, nasty, (role, objectId, id) => {
        const at = { role, objectId, id };
        const [give = []] = runWithFakeCli(givingRole({ ...at, principalType: 'User' }, publicCloud));
        assert.deepEqual(
          ['--assignee-object-id', '--role', '--scope'].map((name) => give[give.indexOf(name) + 1]),
          [objectId, role, id],
        );
        const [take = []] = runWithFakeCli(takingRole(at, publicCloud));
        assert.deepEqual(
          ['--assignee', '--role', '--scope'].map((name) => take[take.indexOf(name) + 1]),
          [objectId, role, id],
        );
      }),
      { numRuns: 30 },
    );
  }).timeout(shellsTake);

  describe('in place of the right to do it oneself', () => {
    const lack = { action: 'a/write', role: 'Contributor', link: 'https://example.com' };
    const adding = (objectId: string, role: RoleOffer, scope?: string): Change => ({
      what: 'addGrant',
      wanted: { principal: { objectId, type: 'user', tenant: undefined }, role, scope, alias: undefined },
    });
    const letting = (range: typeof home): Change => ({
      what: 'addRule',
      rule: { id: undefined, name: 'home', ...range },
    });

    it('is what was wanted, where it is about who asks', async () => {
      const cluster = await clusterOf('orders-eu');
      const closed = await clusterOf('legacy-shop');
      const role = await offer(cluster, 'readOnly');
      const entraOn: Change = { what: 'setModes', entra: true, native: true };
      const own = adding(robin.id.toUpperCase(), role);
      assert.deepEqual(wantedFor([own], cluster, robin.id, lack), { what: 'grant', role });
      assert.deepEqual(wantedFor([adding(robin.id, role, 'a/b')], cluster, robin.id, lack), {
        what: 'grant',
        role,
        scope: 'a/b',
      });
      assert.deepEqual(wantedFor([entraOn, own], closed, robin.id, lack), { what: 'grant', role });
      assert.deepEqual(wantedFor([letting(home), letting(office)], cluster, robin.id, lack), {
        what: 'rule',
        ranges: [home, office],
      });
      assert.deepEqual(wantedFor([entraOn], closed, robin.id, lack), { what: 'modes' });
    });

    it('is that right, where it is about others or takes something away', async () => {
      const cluster = await clusterOf('orders-eu');
      const role = await offer(cluster, 'readOnly');
      const right = { what: 'action', ...lack };
      const [kept = assert.fail()] = await kinds.vcore.grants(stage.door, cluster);
      assert.deepEqual(wantedFor([adding(reporting.id, role)], cluster, robin.id, lack), right);
      assert.deepEqual(wantedFor([adding(robin.id, role)], cluster, undefined, lack), right);
      assert.deepEqual(wantedFor([{ what: 'removeGrant', grant: kept }], cluster, robin.id, lack), right);
      const passwordsOff: Change = { what: 'setModes', entra: true, native: false };
      assert.deepEqual(wantedFor([passwordsOff], await clusterOf('carts-eu'), robin.id, lack), right);
      assert.equal(wantedFor([adding(reporting.id, role)], cluster, robin.id, undefined), undefined);
    });
  });
});

function goldenOf({ changes, obstacles, commands, undo, doers, portal, writesList }: Asking): string {
  const list = (title: string, all: readonly unknown[]): string =>
    [`======== ${title}`, ...all.map((one) => JSON.stringify(one))].join('\n');
  const texts = (title: string, all: Asking['commands']): string =>
    all.map(({ program, text }) => `======== ${title}: ${program}\n${text}`).join('\n');
  return [
    list('changes', changes),
    list('obstacles', obstacles),
    list('who', doers),
    list('portal', [portal, ...(writesList ? ['writes a list'] : [])]),
    texts('commands', commands),
    texts('undo', undo),
  ].join('\n');
}

function matchesGolden(name: string, text: string): void {
  const file = new URL(`golden/asking/${name}.txt`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
}
