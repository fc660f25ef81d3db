import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isOf, obstaclesTo } from '../../src/core/access/guards.ts';
import type { Known } from '../../src/core/access/guards.ts';
import type { Change, FirewallRule, Obstacle, RoleOffer } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant, KindId, Mode, Principal, Role } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';

const { kai, robin, alex, sam } = samplePeople();
const { contoso, fabrikam } = tenantIds;

type Properties = Readonly<Record<string, unknown>>;

const usual: Readonly<Record<KindId, Properties>> = {
  vcore: {
    authConfig: { allowedModes: ['MicrosoftEntraID', 'NativeAuth'] },
    clusterStatus: 'Ready',
    provisioningState: 'Succeeded',
    compute: { tier: 'M30' },
    replica: { role: 'Primary' },
    publicNetworkAccess: 'Enabled',
  },
  postgres: {
    authConfig: { activeDirectoryAuth: 'enabled', passwordAuth: 'enabled' },
    state: 'Ready',
    postgresqlVersion: '16',
  },
  account: {
    capabilities: [],
    provisioningState: 'Succeeded',
    publicNetworkAccess: 'Enabled',
    disableLocalAuth: false,
    ipRules: [{ ipAddressOrRange: '198.51.100.1' }],
  },
};

/** A cluster as Resource Manager gives it, with properties other than the usual. */
function cluster(kind: KindId, properties: Properties = {}): Cluster {
  const { armType } = kinds[kind];
  const resource = {
    id: `/subscriptions/s/resourceGroups/g/providers/${armType}/it`,
    name: 'it',
    type: armType,
    kind: 'GlobalDocumentDB',
    properties: { ...usual[kind], ...properties },
  };
  const caller = { account: { id: 'a', label: 'kai@contoso.com' }, tenant: contoso };
  return clusterOfResource(resource, caller, true) ?? assert.fail();
}

const modes = (entra: boolean, native: boolean): Change => ({ what: 'setModes', entra, native });
const allowed = (...allowedModes: readonly string[]): Properties => ({ authConfig: { allowedModes } });

const rolesOf = {
  root: { role: { name: 'administrator' }, id: 'root', keptIn: 'resourceManager' },
  readOnly: { role: { name: 'readOnly' }, id: 'readAnyDatabase', keptIn: 'database' },
  readWrite: {
    role: { name: 'readWrite' },
    id: 'clusterAdmin+readWriteAnyDatabase',
    keptIn: 'database',
  },
  admin: { role: { name: 'administrator' }, id: 'admin', keptIn: 'resourceManager' },
  user: { role: { name: 'user' }, id: 'user', keptIn: 'resourceManager' },
  reader: { role: { name: 'dataReader' }, id: '/definitions/1', keptIn: 'resourceManager' },
  contributor: { role: { name: 'dataContributor' }, id: '/definitions/2', keptIn: 'resourceManager' },
} as const satisfies Record<string, RoleOffer>;

type RoleName = keyof typeof rolesOf;

/** Somebody of Entra's with a role, and the id that such a grant has. */
function grant(who: { readonly id: string }, roleName: RoleName, more: Partial<Grant> = {}): Grant {
  const { role, id, keptIn } = rolesOf[roleName];
  return {
    id: `/grants/${who.id}${roleName === 'reader' || roleName === 'contributor' ? `/${roleName}` : ''}`,
    holder: {
      state: 'entra',
      principal: { objectId: who.id, type: 'user', tenant: contoso },
      alias: undefined,
    },
    role,
    roleId: id,
    scope: undefined,
    keptIn,
    ...more,
  };
}

function native(name = 'dbadmin'): Grant {
  return {
    id: `/grants/${name}`,
    holder: { state: 'native', name },
    role: { name: 'administrator' },
    roleId: undefined,
    scope: undefined,
    keptIn: 'resourceManager',
  };
}

const keys: Grant = { ...native('keys'), holder: { state: 'keys' } };

function add(
  who: { readonly id: string },
  roleName: RoleName,
  more: Partial<Principal> = {},
  scope?: string,
): Change {
  const principal: Principal = { objectId: who.id, type: 'user', tenant: undefined, ...more };
  return { what: 'addGrant', wanted: { principal, role: rolesOf[roleName], scope, alias: undefined } };
}

const remove = (gone: Grant): Change => ({ what: 'removeGrant', grant: gone });
const change = (of: Grant, to: RoleName): Change => ({ what: 'changeRole', grant: of, role: rolesOf[to] });

function rule(start: string, end = start, name = 'r'): FirewallRule {
  return { id: undefined, name, start, end };
}
const letIn = (start: string, end?: string): Change => ({ what: 'addRule', rule: rule(start, end) });
const shut = (start: string, end?: string): Change => ({ what: 'removeRule', rule: rule(start, end) });

interface Case {
  readonly on?: Cluster;
  readonly properties?: Properties;
  readonly kind?: KindId;
  readonly change: Change;
  readonly known?: Partial<Known>;
}

function obstacles({ kind = 'vcore', properties, on, change, known = {} }: Case): readonly Obstacle[] {
  const it = on ?? cluster(kind, properties);
  return obstaclesTo(kinds[it.kind], it, change, {
    grants: [grant(kai, 'root'), grant(alex, 'root')],
    ...known,
  });
}

/** What is said, with its weight. */
function said(one: Case): readonly string[] {
  return obstacles(one).map(({ weight, what }) => `${weight} ${what}`);
}

type Row = readonly [title: string, one: Case, wanted: readonly string[]];

function table(rows: readonly Row[]): void {
  for (const [title, one, wanted] of rows)
    it(`${title}: ${wanted.length === 0 ? 'nothing' : wanted.join(', ')}`, () =>
      assert.deepEqual(said(one), wanted));
}

const isGone = (...gone: readonly { readonly id: string }[]) => ({
  isGone: ({ objectId }: Principal) => gone.some(({ id }) => id === objectId),
});

const closing = ['danger passwordsStop', 'tell portalShell'];

describe('what speaks against a change', () => {
  describe('of the ways in', () => {
    const entraOnly = modes(true, false);
    const signsIn = { signsIn: 'yes' as const };
    table([
      ['to Entra alone, tried', { change: entraOnly, known: signsIn }, closing],
      ['to Entra alone, not tried', { change: entraOnly }, ['danger unsureYouCanSignIn', ...closing]],
      [
        'to Entra alone, unsure',
        { change: entraOnly, known: { signsIn: 'unsure' } },
        ['danger unsureYouCanSignIn', ...closing],
      ],
      [
        'to Entra alone, turned away when tried',
        { change: entraOnly, known: { signsIn: 'no' } },
        ['stop youCannotSignIn', ...closing],
      ],
      [
        'to Entra alone without anybody in Entra',
        { change: entraOnly, known: { grants: [native()], ...signsIn } },
        ['stop noAdministrator', ...closing],
      ],
      [
        'to Entra alone with people who only read',
        {
          change: entraOnly,
          known: { grants: [grant(kai, 'readOnly'), grant(alex, 'readWrite')], ...signsIn },
        },
        ['stop noAdministrator', ...closing],
      ],
      [
        'to Entra alone with an administrator of whom it is not known whether they live',
        { change: entraOnly, known: { grants: [grant(kai, 'root')], ...signsIn } },
        closing,
      ],
      [
        'to Entra alone with administrators who are gone',
        { change: entraOnly, known: { ...signsIn, ...isGone(kai, alex) } },
        ['stop noAdministrator', ...closing],
      ],
      [
        'to Entra alone with one who lives beside one who is gone',
        { change: entraOnly, known: { ...signsIn, ...isGone(alex) } },
        closing,
      ],
      [
        'to Entra alone, where passwords are off already',
        { change: entraOnly, properties: allowed('MicrosoftEntraID') },
        ['stop nothingToChange'],
      ],
      [
        'to Entra alone, where Entra was off',
        { change: entraOnly, properties: allowed('NativeAuth'), known: signsIn },
        closing,
      ],
      [
        'to Entra alone, where it is not known what is',
        { change: entraOnly, properties: { authConfig: {} }, known: signsIn },
        closing,
      ],
      [
        'to Entra beside a way without a name',
        { change: entraOnly, properties: allowed('Passkey'), known: { grants: [] } },
        [],
      ],
      ['to both', { change: modes(true, true), properties: allowed('NativeAuth') }, []],
      ['to both again', { change: modes(true, true) }, ['stop nothingToChange']],
      ['to both, where one is unknown', { change: modes(true, true), properties: { authConfig: {} } }, []],
      ['to passwords alone', { change: modes(false, true) }, ['danger entraStops']],
      [
        'to passwords alone, where Entra is off',
        { change: modes(false, true), properties: allowed('NativeAuth') },
        ['stop nothingToChange'],
      ],
      [
        'to passwords, where only a way without a name was',
        { change: modes(false, true), properties: allowed('Passkey') },
        [],
      ],
      ['to none', { change: modes(false, false) }, ['stop noWayIn', 'tell portalShell']],
      ['to none on PostgreSQL', { kind: 'postgres', change: modes(false, false) }, ['stop noWayIn']],
      [
        'on the free tier',
        { change: modes(true, true), properties: { ...allowed('NativeAuth'), compute: { tier: 'free' } } },
        ['stop freeTier'],
      ],
      [
        'of a replica made without passwords, back to them',
        {
          change: modes(true, true),
          properties: { ...allowed('MicrosoftEntraID'), replica: { role: 'GeoAsyncReplica' } },
        },
        ['stop nativeOnReplica'],
      ],
      [
        'of a replica that has passwords',
        {
          change: modes(true, true),
          properties: { ...allowed('NativeAuth'), replica: { role: 'AsyncReplica' } },
        },
        [],
      ],
      [
        'of a primary without passwords, back to them',
        { change: modes(true, true), properties: allowed('MicrosoftEntraID') },
        [],
      ],
      [
        'of a replica, to Entra alone',
        { change: entraOnly, properties: { replica: { role: 'AsyncReplica' } }, known: signsIn },
        closing,
      ],
    ]);

    it('names what was used to get in without Entra, and counts who loses Entra', () => {
      const grants = [grant(kai, 'root'), native(), native('batch'), grant(alex, 'readOnly')];
      const [, stop] = obstacles({ change: entraOnly, known: { grants } });
      assert.deepEqual(stop, { weight: 'danger', what: 'passwordsStop', last: [native(), native('batch')] });
      const [loss] = obstacles({ change: modes(false, true), known: { grants } });
      assert.deepEqual(loss, { weight: 'danger', what: 'entraStops', grants: 2 });
      const [keysGo] = obstacles({
        kind: 'account',
        change: entraOnly,
        known: { grants: [grant(kai, 'reader'), keys], me: kai.id },
      });
      assert.deepEqual(keysGo, { weight: 'danger', what: 'keysStop', last: [keys] });
    });

    describe('on PostgreSQL', () => {
      table([
        [
          'to Entra alone',
          { kind: 'postgres', change: entraOnly, known: { grants: [grant(kai, 'admin')] } },
          ['danger unsureYouCanSignIn', 'danger passwordsStop', 'tell experimental'],
        ],
        [
          'to Entra alone without an administrator',
          { kind: 'postgres', change: entraOnly, known: { grants: [grant(kai, 'user'), native('citus')] } },
          ['stop noAdministrator', 'danger passwordsStop', 'tell experimental'],
        ],
        [
          'to both, from passwords, on version 13',
          {
            kind: 'postgres',
            change: modes(true, true),
            properties: {
              postgresqlVersion: '13',
              authConfig: { activeDirectoryAuth: 'disabled', passwordAuth: 'enabled' },
            },
          },
          ['stop version', 'tell experimental'],
        ],
        [
          'to both, from passwords, on version 14.1',
          {
            kind: 'postgres',
            change: modes(true, true),
            properties: {
              postgresqlVersion: '14.1',
              authConfig: { activeDirectoryAuth: 'disabled', passwordAuth: 'enabled' },
            },
          },
          ['tell experimental'],
        ],
        [
          'to both, of a version that is not known',
          {
            kind: 'postgres',
            change: modes(true, true),
            properties: { postgresqlVersion: undefined, authConfig: {} },
          },
          ['tell experimental'],
        ],
        [
          'to passwords alone on version 13, where Entra is somehow on',
          { kind: 'postgres', change: modes(false, true), properties: { postgresqlVersion: '13' } },
          ['danger entraStops', 'tell experimental'],
        ],
      ]);

      it('says which version there is, and which it takes', () => {
        const [stop] = obstacles({
          kind: 'postgres',
          change: add(sam, 'user'),
          properties: { postgresqlVersion: '11' },
        });
        assert.deepEqual(stop, { weight: 'stop', what: 'version', version: '11', needs: '14' });
      });
    });

    describe('of an account', () => {
      const closed = { kind: 'account' as const, change: entraOnly };
      table([
        [
          'with a role of one’s own',
          { ...closed, known: { grants: [grant(kai, 'reader')], me: kai.id } },
          ['danger keysStop'],
        ],
        [
          'with roles of others',
          { ...closed, known: { grants: [grant(alex, 'reader'), keys], me: kai.id } },
          ['danger youHaveNoAccess', 'danger keysStop'],
        ],
        [
          'without anybody',
          { ...closed, known: { grants: [keys], me: kai.id } },
          ['danger youHaveNoAccess', 'danger keysStop'],
        ],
        [
          'by who is not known',
          { ...closed, known: { grants: [grant(kai, 'reader')] } },
          ['danger youHaveNoAccess', 'danger keysStop'],
        ],
        [
          'without keys already',
          { ...closed, properties: { disableLocalAuth: true } },
          ['stop nothingToChange'],
        ],
        [
          'back to keys',
          { kind: 'account', change: modes(true, true), properties: { disableLocalAuth: true } },
          [],
        ],
      ]);
    });
  });

  describe('of who gets in', () => {
    const pending = grant(sam, 'root', {
      role: { name: 'custom', text: 'root (Failed)' },
      roleId: undefined,
    });
    table([
      ['to add somebody new', { change: add(sam, 'root') }, []],
      ['to add somebody a second time', { change: add(alex, 'root') }, ['stop already']],
      [
        'to add somebody in other letters',
        { change: add({ id: alex.id.toUpperCase() }, 'root') },
        ['stop already'],
      ],
      [
        'to add somebody who has another role',
        { change: add(sam, 'root'), known: { grants: [grant(sam, 'readOnly')] } },
        ['stop otherRole'],
      ],
      [
        'to add somebody whose making failed before',
        { change: add(sam, 'root'), known: { grants: [pending] } },
        ['stop otherRole'],
      ],
      ['to add a guest of the tenant', { change: add(sam, 'root', { tenant: contoso.toUpperCase() }) }, []],
      [
        'to add somebody of another tenant',
        { change: add(sam, 'root', { tenant: fabrikam }) },
        ['stop otherTenant'],
      ],
      [
        'to add where Entra is off',
        { change: add(sam, 'root'), properties: allowed('NativeAuth') },
        ['stop entraOff'],
      ],
      [
        'to add where it is not known whether Entra is on',
        { change: add(sam, 'root'), properties: { authConfig: {} } },
        [],
      ],
      [
        'to add on the free tier',
        { change: add(sam, 'root'), properties: { compute: { tier: 'Free' } } },
        ['stop freeTier'],
      ],
      [
        'to add on a tier that only sounds so',
        { change: add(sam, 'root'), properties: { compute: { tier: 'Free2' } } },
        [],
      ],
      ['to add on a tier that is not known', { change: add(sam, 'root'), properties: { compute: {} } }, []],
      [
        'to add on a replica',
        { change: add(sam, 'root'), properties: { replica: { role: 'GeoAsyncReplica' } } },
        ['stop replica'],
      ],
      ['to add on what may be a replica', { change: add(sam, 'root'), properties: { replica: {} } }, []],
      [
        'to add on a primary in other letters',
        { change: add(sam, 'root'), properties: { replica: { role: 'primary' } } },
        [],
      ],
      [
        'to remove on a replica',
        { change: remove(grant(alex, 'root')), properties: { replica: { role: 'AsyncReplica' } } },
        ['stop replica'],
      ],
      [
        'to change a role on a replica',
        {
          change: change(grant(alex, 'root'), 'readOnly'),
          properties: { replica: { role: 'AsyncReplica' } },
        },
        ['stop replica', 'danger interrupts'],
      ],
      [
        'to give a role of the database as an administrator',
        { change: add(sam, 'readOnly'), known: { me: kai.id } },
        [],
      ],
      [
        'to give a role of the database as somebody else',
        { change: add(sam, 'readOnly'), known: { me: robin.id } },
        ['stop needsAdministrator'],
      ],
      [
        'to give a role of the database as who only reads',
        { change: add(sam, 'readOnly'), known: { me: robin.id, grants: [grant(robin, 'readOnly')] } },
        ['stop needsAdministrator'],
      ],
      ['to give a role of the database as who knows', { change: add(sam, 'readOnly') }, []],
      [
        'to give a role of Resource Manager as somebody else',
        { change: add(sam, 'root'), known: { me: robin.id } },
        [],
      ],
      [
        'to take a role of the database as somebody else',
        { change: remove(grant(sam, 'readOnly')), known: { me: robin.id } },
        ['stop needsAdministrator'],
      ],
      [
        'to take a role of the database as an administrator',
        { change: remove(grant(sam, 'readOnly')), known: { me: kai.id } },
        [],
      ],
      [
        'to lift somebody out of the database as somebody else',
        { change: change(grant(sam, 'readOnly'), 'root'), known: { me: robin.id } },
        ['stop needsAdministrator', 'danger interrupts'],
      ],
      [
        'to take the role of an administrator as somebody else',
        { change: remove(grant(alex, 'root')), known: { me: robin.id } },
        [],
      ],
      ['to remove the password administrator', { change: remove(native()) }, ['stop nativeUser']],
      ['to remove the keys', { kind: 'account', change: remove(keys) }, ['stop nativeUser']],
      [
        'to change the role of a user with a password',
        { change: change(native(), 'readOnly') },
        ['stop nativeUser'],
      ],
      [
        'to give the same role anew',
        { change: change(grant(alex, 'root'), 'root') },
        ['stop nothingToChange'],
      ],
      [
        'to remove one of two administrators',
        { change: remove(grant(alex, 'root')), known: { me: kai.id } },
        [],
      ],
      [
        'to remove the only administrator',
        {
          change: remove(grant(alex, 'root')),
          known: { grants: [grant(alex, 'root'), grant(kai, 'readOnly'), native()] },
        },
        ['stop lastAdministrator'],
      ],
      [
        'to remove one of two, the other of whom is gone',
        { change: remove(grant(alex, 'root')), known: isGone(kai) },
        ['stop lastAdministrator'],
      ],
      [
        'to remove one who is gone, beside one who is not',
        { change: remove(grant(alex, 'root')), known: isGone(alex) },
        [],
      ],
      [
        'to remove one who is gone, and who was the last',
        { change: remove(grant(alex, 'root')), known: { grants: [grant(alex, 'root')], ...isGone(alex) } },
        [],
      ],
      [
        'to remove two of two in one breath',
        {
          change: remove(grant(alex, 'root')),
          known: {
            leaving: [grant(kai, 'root', { id: grant(kai, 'root').id.toUpperCase() }), grant(alex, 'root')],
          },
        },
        ['stop lastAdministrator'],
      ],
      [
        'to remove two of three in one breath',
        {
          change: remove(grant(alex, 'root')),
          known: {
            grants: [grant(kai, 'root'), grant(alex, 'root'), grant(sam, 'root')],
            leaving: [grant(kai, 'root'), grant(alex, 'root')],
          },
        },
        [],
      ],
      [
        'to make the only administrator a reader',
        { change: change(grant(alex, 'root'), 'readOnly'), known: { grants: [grant(alex, 'root')] } },
        ['stop lastAdministrator', 'danger interrupts'],
      ],
      [
        'to make one of two a reader',
        { change: change(grant(alex, 'root'), 'readOnly'), known: { me: kai.id } },
        ['danger interrupts'],
      ],
      [
        'to make an administrator whose role has another id one of today',
        {
          change: change(grant(alex, 'root', { roleId: 'dbOwner' }), 'root'),
          known: { grants: [grant(alex, 'root')] },
        },
        ['danger interrupts'],
      ],
      [
        'to remove oneself',
        { change: remove(grant(kai, 'root')), known: { me: kai.id } },
        ['danger yourself'],
      ],
      [
        'to remove oneself, who only reads',
        { change: remove(grant(robin, 'readOnly')), known: { me: robin.id } },
        ['stop needsAdministrator', 'danger yourself'],
      ],
      [
        'to make oneself a reader',
        { change: change(grant(kai, 'root'), 'readOnly'), known: { me: kai.id } },
        ['stop ownRole', 'danger interrupts'],
      ],
      [
        'to make oneself an ordinary user of PostgreSQL, where another administrator is',
        {
          kind: 'postgres',
          change: change(grant(kai, 'admin'), 'user'),
          known: { me: kai.id, grants: [grant(kai, 'admin'), grant(alex, 'admin')] },
        },
        ['danger yourself', 'danger interrupts'],
      ],
      [
        'to make oneself, an ordinary user, an administrator of PostgreSQL',
        {
          kind: 'postgres',
          change: change(grant(kai, 'user'), 'admin'),
          known: { me: kai.id, grants: [grant(kai, 'user')] },
        },
        ['danger interrupts'],
      ],
      [
        'to make oneself, who only reads, somebody who writes',
        {
          change: change(grant(robin, 'readOnly'), 'readWrite'),
          known: { me: robin.id, grants: [grant(robin, 'readOnly'), grant(kai, 'root')] },
        },
        ['stop needsAdministrator', 'danger interrupts'],
      ],
      [
        'to make an administrator a reader as who is none',
        { change: change(grant(alex, 'root'), 'readOnly'), known: { me: robin.id } },
        ['stop needsAdministrator', 'danger interrupts'],
      ],
      [
        'to make a role of PostgreSQL that of an administrator, who is one by another name',
        {
          kind: 'postgres',
          change: change(grant(sam, 'user'), 'admin'),
          known: { grants: [grant(sam, 'user'), grant(sam, 'admin', { id: '/grants/other' })] },
        },
        ['danger interrupts'],
      ],
      [
        'to remove the last administrator of PostgreSQL',
        {
          kind: 'postgres',
          change: remove(grant(alex, 'admin')),
          known: { grants: [grant(alex, 'admin'), grant(kai, 'user'), native('citus')] },
        },
        ['stop lastAdministrator'],
      ],
      [
        'to remove the last with any role on PostgreSQL',
        { kind: 'postgres', change: remove(grant(alex, 'user')), known: { grants: [grant(alex, 'user')] } },
        [],
      ],
      [
        'to add on PostgreSQL 13',
        { kind: 'postgres', change: add(sam, 'user'), properties: { postgresqlVersion: '13' } },
        ['stop version'],
      ],
      [
        'to add on a replica of PostgreSQL',
        { kind: 'postgres', change: add(sam, 'user'), properties: { sourceResourceId: '/x/ledger' } },
        ['stop replica'],
      ],
      [
        'to add on PostgreSQL of any size',
        { kind: 'postgres', change: add(sam, 'user'), known: { grants: many(500) } },
        [],
      ],
      ['to add the 100th', { change: add(sam, 'root'), known: { grants: many(99) } }, []],
      ['to add the 101st', { change: add(sam, 'root'), known: { grants: many(100) } }, ['tell limit']],
    ]);

    it('names the grant in the way, the replica’s primary, and how many there are', () => {
      const { id } = alex;
      const [already] = obstacles({ change: add({ id }, 'root') });
      assert.deepEqual(already, { weight: 'stop', what: 'already', grant: grant(alex, 'root') });
      const other = obstacles({
        change: add(sam, 'readOnly'),
        known: { grants: [grant(sam, 'root')], me: sam.id },
      });
      assert.deepEqual(other, [{ weight: 'stop', what: 'otherRole', grant: grant(sam, 'root') }]);
      const replica = { role: 'AsyncReplica', sourceResourceId: '/x/orders-eu' };
      const [of] = obstacles({ change: add(sam, 'root'), properties: { replica } });
      assert.deepEqual(of, { weight: 'stop', what: 'replica', source: '/x/orders-eu' });
      const [limit] = obstacles({ change: add(sam, 'root'), known: { grants: many(103) } });
      assert.deepEqual(limit, { weight: 'tell', what: 'limit', count: 103, limit: 100 });
    });

    it('is told whom it still lets in when a rule goes, others that go with it left out', () => {
      const office = rule('203.0.113.0', '203.0.113.31', 'office');
      const home = rule('198.51.100.7', '198.51.100.7', 'home');
      const everyone = rule('0.0.0.0', '255.255.255.255', 'all');
      const rules = [office, home, everyone];
      const left = (known: Partial<Known>, properties: Properties): unknown =>
        obstacles({
          change: { what: 'removeRule', rule: everyone },
          known,
          properties,
        }).flatMap((one) =>
          one.what === 'rulesLeft' ? [one.weight, ...one.rules.map(({ name }) => name)] : [],
        );
      const open = { ...allowed('MicrosoftEntraID'), publicNetworkAccess: 'Enabled' };
      assert.deepEqual(left({ rules }, open), ['tell', 'office', 'home']);
      assert.deepEqual(left({ rules, leavingRules: [everyone, home] }, open), ['tell', 'office']);
      assert.deepEqual(left({ rules, leavingRules: rules }, open), ['tell']);
      assert.deepEqual(left({}, open), [], 'what is not known is not told');
      assert.deepEqual(left({ rules }, { ...open, publicNetworkAccess: 'Disabled' }), []);
      const named = [
        { ...everyone, id: '/a/ALL' },
        { ...everyone, id: '/a/other', name: 'twin' },
      ];
      const [gone] = named;
      const [told] = obstacles({
        change: { what: 'removeRule', rule: { ...(gone ?? everyone), id: '/a/all' } },
        properties: open,
        known: { rules: named },
      });
      assert.deepEqual(told?.what === 'rulesLeft' && told.rules.map(({ name }) => name), ['twin']);
    });

    describe('of an account', () => {
      const at = { kind: 'account' as const };
      const readsShop = grant(sam, 'reader', { scope: 'shop' });
      table([
        ['to add somebody new', { ...at, change: add(sam, 'reader') }, []],
        [
          'to add the same on the same',
          { ...at, change: add(sam, 'reader', {}, 'shop'), known: { grants: [readsShop] } },
          ['stop already'],
        ],
        [
          'to add the same on more',
          { ...at, change: add(sam, 'reader'), known: { grants: [readsShop] } },
          [],
        ],
        [
          'to add the same on a part of it',
          { ...at, change: add(sam, 'reader', {}, 'shop/orders'), known: { grants: [readsShop] } },
          [],
        ],
        [
          'to add another role on the same',
          { ...at, change: add(sam, 'contributor', {}, 'shop'), known: { grants: [readsShop] } },
          [],
        ],
        [
          'to add the same for somebody else',
          { ...at, change: add(robin, 'reader', {}, 'shop'), known: { grants: [readsShop] } },
          [],
        ],
        [
          'to change a role',
          { ...at, change: change(readsShop, 'contributor'), known: { grants: [readsShop] } },
          [],
        ],
        [
          'to change a role to one that they have there',
          {
            ...at,
            change: change(readsShop, 'contributor'),
            known: { grants: [readsShop, grant(sam, 'contributor', { scope: 'shop' })] },
          },
          ['stop already'],
        ],
        [
          'to change a role to one that they have elsewhere',
          {
            ...at,
            change: change(readsShop, 'contributor'),
            known: { grants: [readsShop, grant(sam, 'contributor', { scope: 'search' })] },
          },
          [],
        ],
        [
          'to change a role to one that somebody else has there',
          {
            ...at,
            change: change(readsShop, 'contributor'),
            known: { grants: [readsShop, grant(robin, 'contributor', { scope: 'shop' })] },
          },
          [],
        ],
        ['to remove the only one', { ...at, change: remove(readsShop), known: { grants: [readsShop] } }, []],
        [
          'to remove oneself',
          { ...at, change: remove(readsShop), known: { grants: [readsShop], me: sam.id } },
          ['danger yourself'],
        ],
        [
          'to change one’s own role',
          { ...at, change: change(readsShop, 'contributor'), known: { grants: [readsShop], me: sam.id } },
          [],
        ],
      ]);
    });
  });

  describe('of the firewall', () => {
    const rules = [rule('203.0.113.0', '203.0.113.31', 'office')];
    table([
      ['to let an address in', { change: letIn('198.51.100.7'), known: { rules } }, []],
      ['to let one in without knowing the rules', { change: letIn('203.0.113.7') }, []],
      ['to let in who is in', { change: letIn('203.0.113.31'), known: { rules } }, ['stop nothingToChange']],
      [
        'to let others in under a name that is taken',
        {
          change: { what: 'addRule', rule: rule('198.51.100.7', '198.51.100.7', 'Office') },
          known: { rules: rules.map((one) => ({ ...one, id: `/rules/${one.name}` })) },
        },
        ['stop nameTaken'],
      ],
      [
        'to let in who is just outside',
        {
          change: letIn('203.0.113.32'),
          known: { rules },
        },
        [],
      ],
      ['to let in more than is in', { change: letIn('203.0.113.0', '203.0.113.32'), known: { rules } }, []],
      [
        'to let in what two rules let in together',
        {
          kind: 'account',
          change: letIn('203.0.113.0', '203.0.113.9'),
          known: { rules: [rule('203.0.113.0', '203.0.113.7'), rule('203.0.113.8', '203.0.113.9')] },
        },
        ['stop nothingToChange'],
      ],
      [
        'to let in what two rules let in but for one address',
        {
          kind: 'account',
          change: letIn('203.0.113.0', '203.0.113.9'),
          known: { rules: [rule('203.0.113.0', '203.0.113.7'), rule('203.0.113.9')] },
        },
        [],
      ],
      [
        'to let in one address, where everybody is in',
        { change: letIn('203.0.113.7'), known: { rules: [rule('0.0.0.0', '255.255.255.255')] } },
        [],
      ],
      [
        'to let in one address, where Azure is in',
        { change: letIn('203.0.113.7'), known: { rules: [rule('0.0.0.0')] } },
        [],
      ],
      ['to let everybody in', { change: letIn('0.0.0.0', '255.255.255.255') }, ['danger everyAddress']],
      [
        'to let everybody in again',
        {
          change: letIn('0.0.0.0', '255.255.255.255'),
          known: { rules: [rule('0.0.0.0', '255.255.255.255')] },
        },
        ['stop nothingToChange', 'danger everyAddress'],
      ],
      ['to let almost everybody in', { change: letIn('0.0.0.0', '255.255.255.254') }, []],
      ['to let Azure in', { change: letIn('0.0.0.0') }, ['tell azureServices']],
      [
        'to let Azure in, where everybody is in',
        { change: letIn('0.0.0.0'), known: { rules: [rule('0.0.0.0', '255.255.255.255')] } },
        ['tell azureServices'],
      ],
      [
        'to let Azure in again',
        { change: letIn('0.0.0.0'), known: { rules: [rule('0.0.0.0')] } },
        ['stop nothingToChange', 'tell azureServices'],
      ],
      ['to let in the first block of all', { change: letIn('0.0.0.0', '0.255.255.255') }, []],
      [
        'where no rule means anything',
        { change: letIn('203.0.113.7'), properties: { publicNetworkAccess: 'disabled' } },
        ['tell publicNetworkOff'],
      ],
      [
        'where it is not known whether rules mean anything',
        { change: letIn('203.0.113.7'), properties: { publicNetworkAccess: undefined } },
        [],
      ],
      ['to shut one out', { change: shut('203.0.113.7') }, []],
    ]);

    describe('of an account', () => {
      const at = { kind: 'account' as const };
      const open = { ipRules: [] };
      const two = ['198.51.100.1', '198.51.100.8/29'].map((ipAddressOrRange) => ({ ipAddressOrRange }));
      table([
        ['to let one in beside others', { ...at, change: letIn('203.0.113.7') }, []],
        [
          'to let the first in',
          { ...at, change: letIn('203.0.113.7'), properties: open },
          ['danger closesToOthers'],
        ],
        [
          'to let the first in, where the list is not there',
          { ...at, change: letIn('203.0.113.7'), properties: { ipRules: undefined } },
          ['danger closesToOthers'],
        ],
        [
          'to let the first in, where networks are let in',
          {
            ...at,
            change: letIn('203.0.113.7'),
            properties: { ...open, isVirtualNetworkFilterEnabled: true },
          },
          [],
        ],
        [
          'to let the first in, where rules mean nothing',
          { ...at, change: letIn('203.0.113.7'), properties: { ...open, publicNetworkAccess: 'Disabled' } },
          ['tell publicNetworkOff'],
        ],
        [
          'to shut one of two out',
          {
            ...at,
            change: shut('198.51.100.1'),
            properties: {
              ipRules: [{ ipAddressOrRange: '198.51.100.1' }, { ipAddressOrRange: '198.51.100.2' }],
            },
          },
          [],
        ],
        // Without a list everybody is in.
        ['to shut the last out', { ...at, change: shut('198.51.100.1') }, ['danger everyAddress']],
        [
          'to shut the last out, which is written as a block',
          {
            ...at,
            change: shut('198.51.100.1'),
            properties: { ipRules: [{ ipAddressOrRange: '198.51.100.1/32' }] },
          },
          ['danger everyAddress'],
        ],
        [
          'to shut out one of two, while the other goes in the same breath',
          {
            ...at,
            change: shut('198.51.100.1'),
            known: { leavingRules: [rule('198.51.100.1'), rule('198.51.100.8', '198.51.100.15')] },
            properties: { ipRules: two },
          },
          ['danger everyAddress'],
        ],
        [
          'to shut out one of three, while another goes in the same breath',
          {
            ...at,
            change: shut('198.51.100.1'),
            known: { leavingRules: [rule('198.51.100.1'), rule('198.51.100.8', '198.51.100.15')] },
            properties: { ipRules: [...two, { ipAddressOrRange: '203.0.113.7' }] },
          },
          [],
        ],
        ['to shut out who is not in', { ...at, change: shut('198.51.100.9') }, []],
        [
          'to shut the last out, where networks are let in',
          { ...at, change: shut('198.51.100.1'), properties: { isVirtualNetworkFilterEnabled: true } },
          [],
        ],
        [
          'to shut the last out, where rules mean nothing',
          { ...at, change: shut('198.51.100.1'), properties: { publicNetworkAccess: 'Disabled' } },
          [],
        ],
        ['to shut out of what is open', { ...at, change: shut('198.51.100.1'), properties: open }, []],
      ]);
    });
  });

  describe('of the cluster itself', () => {
    const every: readonly Change[] = [
      modes(true, true),
      add(sam, 'root'),
      remove(grant(alex, 'root')),
      letIn('203.0.113.7'),
      shut('203.0.113.7'),
    ];

    it('is that it is stopped or going away, as it says it', () => {
      for (const clusterStatus of ['Stopped', 'Stopping', 'Dropping', 'stopped']) {
        for (const one of every) {
          const [first] = obstacles({
            change: one,
            properties: { ...allowed('MicrosoftEntraID'), clusterStatus },
          });
          assert.deepEqual(first, { weight: 'stop', what: 'state', state: clusterStatus });
          const [onPostgres] = obstacles({
            kind: 'postgres',
            change: one,
            properties: { state: clusterStatus },
          });
          assert.deepEqual(onPostgres, { weight: 'stop', what: 'state', state: clusterStatus });
        }
      }
    });

    it('is not that it is busy, or in a state that nobody has heard of', () => {
      for (const clusterStatus of ['Updating', 'Provisioning', 'Starting', 'Unstoppable', undefined]) {
        for (const one of every) {
          const stops = said({ change: one, properties: { ...allowed('MicrosoftEntraID'), clusterStatus } });
          assert.deepEqual(stops, [], `${String(clusterStatus)} ${one.what}`);
          const onPostgres = said({ kind: 'postgres', change: one, properties: { state: clusterStatus } });
          assert.ok(!onPostgres.includes('stop state'), `${String(clusterStatus)} ${one.what}`);
        }
      }
    });

    it('is what its tier and its version are, for what concerns Entra alone', () => {
      const free = { compute: { tier: 'Free' } };
      const old = { postgresqlVersion: '13' };
      for (const one of [letIn('203.0.113.7'), shut('203.0.113.7')]) {
        assert.deepEqual(said({ change: one, properties: free }), []);
        assert.deepEqual(said({ kind: 'postgres', change: one, properties: old }), []);
        assert.deepEqual(said({ change: one, properties: { replica: { role: 'AsyncReplica' } } }), []);
        assert.deepEqual(said({ kind: 'postgres', change: one, properties: { sourceResourceId: '/x' } }), []);
      }
      for (const one of [remove(grant(alex, 'root')), change(grant(alex, 'root'), 'readOnly')]) {
        assert.ok(said({ change: one, properties: free }).includes('stop freeTier'));
        assert.ok(said({ kind: 'postgres', change: one, properties: old }).includes('stop version'));
        const replica = said({ kind: 'postgres', change: one, properties: { sourceResourceId: '/x' } });
        assert.ok(replica.includes('stop replica'));
      }
    });

    it('is a subscription that takes no changes', () => {
      const one = letIn('203.0.113.7');
      for (const subscriptionState of ['Disabled', 'PastDue', 'Deleted', 'Expired']) {
        const [first] = obstacles({ change: one, known: { subscriptionState } });
        assert.deepEqual(first, { weight: 'stop', what: 'subscriptionState', state: subscriptionState });
      }
      for (const subscriptionState of ['Enabled', 'enabled', 'Warned', undefined])
        assert.deepEqual(said({ change: one, known: { subscriptionState } }), []);
    });

    it('is a permission that is missing for certain', () => {
      const missing = { action: 'Microsoft.DocumentDB/x/write', role: 'Contributor', link: 'https://learn' };
      assert.deepEqual(obstacles({ change: letIn('203.0.113.7'), known: { missing } }), [
        { weight: 'stop', what: 'notAllowed', ...missing },
      ]);
    });

    it('is said with the gravest first', () => {
      const order = said({
        change: modes(true, false),
        properties: { compute: { tier: 'Free' } },
        known: { grants: [], subscriptionState: 'Disabled' },
      });
      assert.deepEqual(order, [
        'stop subscriptionState',
        'stop freeTier',
        'stop noAdministrator',
        'danger passwordsStop',
        'tell portalShell',
      ]);
    });
  });

  describe('whoever is about', () => {
    const people = [kai, robin, alex, sam];
    const anybody = fc.constantFrom(...people);
    const mode = fc.constantFrom<Mode>('on', 'off', 'unknown');
    const odd: Role[] = [{ name: 'custom', text: 'root (Failed)' }, { name: 'unknown' }];

    /** Each of some people with one role, and who has a password. */
    const grantsOn = (kind: 'vcore' | 'postgres') =>
      fc
        .uniqueArray(
          fc.tuple(
            anybody,
            fc.constantFrom<RoleName | 'odd'>(
              ...(kind === 'vcore'
                ? (['root', 'root', 'readOnly', 'readWrite', 'odd'] as const)
                : (['admin', 'admin', 'user', 'odd'] as const)),
            ),
            fc.constantFrom(...odd),
          ),
          { selector: ([{ id }]) => id },
        )
        .map((list) => [
          native(),
          ...list.map(([who, roleName, role]) =>
            roleName === 'odd' ? grant(who, 'root', { role, roleId: undefined }) : grant(who, roleName),
          ),
        ]);

    const world = fc.constantFrom<'vcore' | 'postgres'>('vcore', 'postgres').chain((kind) =>
      fc.record({
        kind: fc.constant(kind),
        grants: grantsOn(kind),
        gone: fc.subarray(people),
        breath: fc.subarray(people),
        me: fc.option(anybody, { nil: undefined }),
        signsIn: fc.constantFrom<Known['signsIn']>('yes', 'no', 'unsure', undefined),
        entra: mode,
        native: mode,
        target: anybody,
        act: fc.constantFrom<'remove' | 'entraOnly' | RoleName>(
          'remove',
          'entraOnly',
          ...(kind === 'vcore' ? (['root', 'readOnly', 'readWrite'] as const) : (['admin', 'user'] as const)),
        ),
      }),
    );

    it('the last living administrator in Entra stays one, and passwords stay until there is one', () => {
      let stopped = 0;
      let passed = 0;
      fc.assert(
        fc.property(world, ({ kind, grants, gone, breath, me, signsIn, target, act, ...now }) => {
          const whose = grants.find((one) => isOf(one, target.id));
          const leaving = grants.filter((one) => breath.some(({ id }) => isOf(one, id)));
          const one =
            act === 'entraOnly'
              ? modes(true, false)
              : whose === undefined
                ? undefined
                : act === 'remove'
                  ? remove(whose)
                  : change(whose, act);
          fc.pre(one !== undefined);
          const on = { ...cluster(kind), modes: { entra: now.entra, native: now.native, other: [] } };
          const tried = signsIn === undefined ? {} : { signsIn };
          const known = { grants, me: me?.id, ...tried, leaving, ...isGone(...gone) };
          const found = obstaclesTo(kinds[kind], on, one, known);
          const stops = found.flatMap(({ weight, what }) => (weight === 'stop' ? [what] : []));

          const rules = ({ holder, role }: Grant): boolean =>
            holder.state === 'entra' &&
            role.name === 'administrator' &&
            !gone.some(({ id }) => id === holder.principal.objectId);
          const isTaken = (other: Grant): boolean =>
            leaving.includes(other) || (one.what !== 'setModes' && other === whose);
          const keeps = one.what === 'changeRole' && one.role.role.name === 'administrator';
          const left =
            one.what === 'setModes'
              ? grants.filter(rules)
              : grants.filter((other) => rules(other) && !isTaken(other));
          const takesOne = one.what !== 'setModes' && whose !== undefined && rules(whose) && !keeps;

          if (one.what === 'setModes') {
            const closes = now.native !== 'off';
            assert.equal(stops.includes('noAdministrator'), closes && left.length === 0);
            assert.equal(stops.includes('youCannotSignIn'), closes && left.length > 0 && signsIn === 'no');
          } else {
            assert.equal(
              stops.includes('lastAdministrator'),
              takesOne && left.length === 0 && !stops.includes('nothingToChange'),
            );
          }
          if (stops.length > 0) stopped++;
          else passed++;
        }),
        { numRuns: 2000 },
      );
      assert.ok(stopped > 200 && passed > 200, `${stopped} stopped, ${passed} passed`);
    });

    it('nothing that is unknown stops anything', () => {
      const nothing = clusterOfResource(
        { id: cluster('vcore').id, name: 'it', type: kinds.vcore.armType, properties: {} },
        cluster('vcore').caller,
        false,
      );
      assert.ok(nothing !== undefined);
      for (const kind of Object.values(kinds)) {
        const on: Cluster = { ...nothing, kind: kind.id, state: undefined };
        const changes: readonly Change[] = [
          modes(true, true),
          modes(false, true),
          add(sam, 'root'),
          add(sam, 'readOnly'),
          remove(grant(sam, 'readOnly')),
          change(grant(sam, 'user'), 'admin'),
          letIn('203.0.113.7'),
          shut('203.0.113.7'),
        ];
        for (const one of changes) {
          const found = obstaclesTo(kind, on, one, { grants: [] });
          assert.deepEqual(
            found.filter(({ weight }) => weight === 'stop'),
            [],
            `${kind.id} ${one.what}`,
          );
        }
      }
    });
  });

  it('asks whose a grant is, and no grant is nobody’s', () => {
    assert.ok(isOf(grant(kai, 'root'), kai.id.toUpperCase()));
    assert.ok(!isOf(grant(kai, 'root'), alex.id));
    assert.ok(!isOf(grant(kai, 'root'), undefined));
    assert.ok(!isOf(native(kai.id), kai.id));
  });
});

/** So many people who may do everything. */
function many(count: number): readonly Grant[] {
  return Array.from({ length: count }, (_, index) => grant({ id: `person-${index}` }, 'root'));
}
