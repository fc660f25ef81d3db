import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Named } from '../../src/core/access/principals.ts';
import type { Resource } from '../../src/core/azure/resourceManager.ts';
import { sizeOf } from '../../src/core/clusters/addresses.ts';
import type { FirewallRule } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant, Principal, Role } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { Failure } from '../../src/core/failure.ts';
import type { Finding, Judgement, Known, RuleId } from '../../src/core/findings/finding.ts';
import { Ledger } from '../../src/core/findings/ledger.ts';
import { judge, ruleIds, rules } from '../../src/core/findings/rules.ts';

const home = '11111111-0000-4000-8000-000000000001';
const elsewhere = '22222222-0000-4000-8000-000000000002';
const caller = { account: { id: `a.${home}`, label: 'kai@contoso.com' }, tenant: home };
const now = Date.parse('2030-06-15T12:00:00Z');
const daysAgo = (days: number): string => new Date(now - days * 86_400_000).toISOString();

const types = {
  vcore: 'Microsoft.DocumentDB/mongoClusters',
  account: 'Microsoft.DocumentDB/databaseAccounts',
  postgres: 'Microsoft.DBforPostgreSQL/serverGroupsv2',
};

function cluster(kind: keyof typeof types, properties: Resource['properties'], name = 'shop'): Cluster {
  const id = `/subscriptions/5/resourceGroups/rg/providers/${types[kind]}/${name}`;
  const resource = {
    id,
    name,
    type: types[kind],
    kind: 'GlobalDocumentDB',
    location: 'westeurope',
    properties,
  };
  return clusterOfResource(resource, caller, true) ?? assert.fail();
}

/** Entra on, passwords off, its rules filter who gets in. */
const orderly = {
  authConfig: { allowedModes: ['MicrosoftEntraID'] },
  clusterStatus: 'Ready',
  publicNetworkAccess: 'Enabled',
};
const both = { ...orderly, authConfig: { allowedModes: ['MicrosoftEntraID', 'NativeAuth'] } };
const passwords = { ...orderly, authConfig: { allowedModes: ['NativeAuth'] } };
const noRules = { disableLocalAuth: true, capabilities: [], publicNetworkAccess: 'Enabled', ipRules: [] };

const administrator: Role = { name: 'administrator' };

function grant(objectId: string, more: Partial<Principal> & { role?: Role } = {}): Grant {
  const { role = administrator, type = 'user', tenant = home } = more;
  return {
    id: `users/${objectId}`,
    holder: { state: 'entra', principal: { objectId, type, tenant }, alias: undefined },
    role,
    roleId: undefined,
    scope: undefined,
    keptIn: 'resourceManager',
  };
}

function known(of: Cluster, more: Partial<Known> = {}): Known {
  return { cluster: of, looked: now, named: new Map(), certificates: new Map(), ...more };
}

const gone = (...ids: readonly string[]): Known['named'] =>
  new Map(ids.map((id): [string, Named] => [id, { state: 'gone' }]));

const usual: Judgement = {
  severity: (rule) => rules[rule].severity,
  keyDays: 90,
  certificateDays: 30,
  now,
};

function found(one: Known, judgement = usual): readonly RuleId[] {
  return judge([one], judgement).map(({ rule }) => rule);
}

function rule(start: string, end = start, name = `${start}-${end}`): FirewallRule {
  return { id: undefined, name, start, end };
}

const refused = new Failure({ code: 'forbidden', serviceCode: 'AuthorizationFailed', message: 'no' });

describe('the finding', () => {
  describe('nativeAccess', () => {
    it('is passwords or keys beside Entra where somebody has access by Entra', () => {
      const two = [grant('a'), grant('b')];
      assert.deepEqual(found(known(cluster('vcore', both), { grants: two })), ['nativeAccess']);
      const keys = { ...noRules, disableLocalAuth: false, ipRules: [{ ipAddressOrRange: '203.0.113.7' }] };
      assert.deepEqual(found(known(cluster('account', keys), { grants: two })), ['nativeAccess']);
    });

    it('is none where nobody does, where they are off, or where that is unknown', () => {
      const two = [grant('a'), grant('b')];
      for (const one of [
        known(cluster('vcore', orderly), { grants: two }),
        known(cluster('vcore', both)),
        known(cluster('vcore', both), { grants: refused }),
        known(cluster('vcore', { publicNetworkAccess: 'Enabled' }), { grants: two }),
      ])
        assert.deepEqual(found(one), []);
      const native: Grant = { ...grant('a'), holder: { state: 'native', name: 'dbadmin' } };
      assert.ok(!found(known(cluster('vcore', both), { grants: [native] })).includes('nativeAccess'));
    });
  });

  describe('nativeOnly', () => {
    it('is passwords with Entra off; not where the tier knows no Entra', () => {
      assert.deepEqual(found(known(cluster('vcore', passwords))), ['nativeOnly']);
      assert.deepEqual(found(known(cluster('vcore', { ...passwords, compute: { tier: 'Free' } }))), []);
    });
  });

  describe('noAdministrator', () => {
    it('is nobody who is left, or nobody at all', () => {
      const open = cluster('vcore', orderly);
      assert.deepEqual(found(known(open, { grants: [] })), ['noAdministrator']);
      assert.deepEqual(found(known(open, { grants: [grant('a')], named: gone('a') })), [
        'noAdministrator',
        'orphan',
      ]);
      const group = cluster('postgres', { authConfig: { activeDirectoryAuth: 'enabled' } });
      const user = grant('a', { role: { name: 'user' } });
      assert.deepEqual(found(known(group, { grants: [user] })), ['noAdministrator']);
    });

    it('is none where a role is unknown, one is on the way, the list was refused, or no role rules', () => {
      const open = cluster('vcore', orderly);
      for (const grants of [
        [grant('a', { role: { name: 'unknown' } })],
        [grant('a', { role: { name: 'custom', text: 'root (Updating)' } })],
        refused,
      ])
        assert.deepEqual(found(known(open, { grants })), []);
      assert.deepEqual(found(known(open)), []);
      const filtered = { ...noRules, ipRules: [{ ipAddressOrRange: '203.0.113.7' }] };
      assert.deepEqual(found(known(cluster('account', filtered), { grants: [] })), []);
      assert.deepEqual(found(known(cluster('vcore', passwords), { grants: [] })), ['nativeOnly']);
    });
  });

  describe('singleAdministrator', () => {
    it('is one who is left, and no group', () => {
      const open = cluster('vcore', orderly);
      const reader = grant('b', { role: { name: 'readOnly' } });
      assert.deepEqual(found(known(open, { grants: [grant('a'), reader] })), ['singleAdministrator']);
      const two = [grant('a'), grant('b')];
      assert.deepEqual(found(known(open, { grants: two })), []);
      assert.deepEqual(found(known(open, { grants: two, named: gone('b') })), [
        'orphan',
        'singleAdministrator',
      ]);
      assert.deepEqual(found(known(open, { grants: [grant('a', { type: 'group' })] })), []);
    });
  });

  describe('orphan', () => {
    it('is who is gone by the directory’s word alone, once for all they have', () => {
      const open = cluster('account', noRules);
      const grants = [grant('A'), { ...grant('A'), id: 'another' }, grant('b')];
      const orphans = judge([known(open, { grants, named: gone('a') })], usual).filter(
        (one) => one.rule === 'orphan',
      );
      assert.deepEqual(
        orphans.map((one) => [one.principal.objectId, one.grants.length]),
        [['A', 2]],
      );
      for (const state of [{ state: 'unnamed' }, { state: 'foreign', tenant: elsewhere }] as const)
        assert.ok(
          !found(known(open, { grants, named: new Map([['a', state]]) })).includes('orphan'),
          state.state,
        );
    });

    it('is at the primary, not at its replica', () => {
      const replica = { ...orderly, replica: { role: 'GeoAsyncReplica', sourceResourceId: '/x' } };
      assert.deepEqual(
        found(known(cluster('vcore', replica), { grants: [grant('a')], named: gone('a') })),
        [],
      );
    });
  });

  describe('foreignUser', () => {
    it('is who the service itself says is of another tenant', () => {
      const open = cluster('vcore', orderly);
      const grants = [grant('a'), grant('b', { tenant: elsewhere })];
      assert.deepEqual(found(known(open, { grants })), ['foreignUser']);
      assert.deepEqual(
        found(known(open, { grants: [grant('a'), grant('b', { tenant: home.toUpperCase() })] })),
        [],
      );
      const silent = {
        ...grant('b'),
        holder: {
          state: 'entra' as const,
          principal: { objectId: 'b', type: 'user' as const, tenant: undefined },
          alias: undefined,
        },
      };
      assert.deepEqual(found(known(open, { grants: [grant('a'), silent] })), []);
    });
  });

  describe('openToEveryone', () => {
    const open = cluster('vcore', orderly);
    const grants = [grant('a'), grant('b')];
    const by = (...list: readonly FirewallRule[]): readonly RuleId[] =>
      found(known(open, { grants, rules: list }));

    it('is every address, half of all, or rules that together come to that', () => {
      assert.deepEqual(by(rule('0.0.0.0', '255.255.255.255')), ['openToEveryone']);
      assert.deepEqual(by(rule('128.0.0.0', '255.255.255.255')), ['openToEveryone']);
      const quarters = [rule('1.0.0.0', '79.255.255.255'), rule('60.0.0.0', '223.255.255.255')];
      assert.deepEqual(by(...quarters), ['openToEveryone']);
      assert.deepEqual(by(rule('0.0.0.0', '127.255.255.254')), []);
      assert.deepEqual(by(rule('10.0.0.0', '120.0.0.0'), rule('10.0.0.0', '120.0.0.0')), []);
      assert.deepEqual(by(rule('203.0.113.0', '203.0.113.255')), []);
    });

    it('names the rules to take away, and no others', () => {
      const wide = rule('0.0.0.0', '255.255.255.255', 'everyone');
      const [one] = judge([known(open, { grants, rules: [rule('203.0.113.7'), wide] })], usual);
      assert.deepEqual(one?.rule === 'openToEveryone' && one.rules, [wide]);
    });

    it('is an account without any rule, where its resource says so itself', () => {
      assert.deepEqual(found(known(cluster('account', noRules))), ['openToEveryone']);
      for (const more of [
        { publicNetworkAccess: 'Disabled' },
        { publicNetworkAccess: 'SecuredByPerimeter' },
        { publicNetworkAccess: undefined },
        { ipRules: undefined },
        { isVirtualNetworkFilterEnabled: true },
        { ipRules: [{ ipAddressOrRange: '203.0.113.7' }] },
      ])
        assert.deepEqual(found(known(cluster('account', { ...noRules, ...more }))), [], JSON.stringify(more));
      const range = { ...noRules, ipRules: [{ ipAddressOrRange: '0.0.0.0/0' }] };
      const all = [rule('0.0.0.0', '255.255.255.255')];
      assert.deepEqual(found(known(cluster('account', range), { rules: all })), ['openToEveryone']);
    });

    it('is none where the public network is off or unknown, or the rules were refused', () => {
      const all = [rule('0.0.0.0', '255.255.255.255')];
      for (const access of ['Disabled', undefined])
        assert.deepEqual(
          found(known(cluster('vcore', { ...orderly, publicNetworkAccess: access }), { grants, rules: all })),
          [],
        );
      assert.deepEqual(found(known(open, { grants, rules: refused })), []);
      const closed = cluster('postgres', { coordinatorEnablePublicIpAccess: false });
      assert.deepEqual(found(known(closed, { rules: all })), []);
    });

    it('counts each address once', () => {
      const ends = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        return { start: `0.0.0.${low}`, end: `0.0.0.${high}` };
      });
      const last = (address: string): number => Number(address.split('.')[3]);
      fc.assert(
        fc.property(fc.array(ends, { maxLength: 8 }), (ranges) => {
          const inside = Array.from({ length: 256 }, (_, at) => at).filter((at) =>
            ranges.some(({ start, end }) => last(start) <= at && at <= last(end)),
          );
          assert.equal(sizeOf(ranges), inside.length);
        }),
      );
    });
  });

  describe('azureServices', () => {
    it('is the rule of nothing but 0.0.0.0, which is not everyone', () => {
      const open = cluster('vcore', orderly);
      const grants = [grant('a'), grant('b')];
      assert.deepEqual(found(known(open, { grants, rules: [rule('0.0.0.0')] })), ['azureServices']);
    });
  });

  describe('oldKey', () => {
    const account = (days: number, more: object = {}): Cluster =>
      cluster('account', {
        ...noRules,
        disableLocalAuth: false,
        ipRules: [{ ipAddressOrRange: '203.0.113.7' }],
        keysMetadata: {
          primaryMasterKey: { generationTime: daysAgo(days) },
          secondaryMasterKey: { generationTime: daysAgo(1) },
        },
        ...more,
      });

    it('is a key of that age, while keys are on', () => {
      assert.deepEqual(found(known(account(90))), ['oldKey']);
      assert.deepEqual(found(known(account(89))), []);
      assert.deepEqual(found(known(account(400, { disableLocalAuth: true }))), []);
      assert.deepEqual(found(known(account(400, { keysMetadata: {} }))), []);
      const [one] = judge([known(account(400))], usual);
      assert.deepEqual(one?.rule === 'oldKey' && one.keys, [{ key: 'primary', days: 400 }]);
    });

    it('goes by the days of the setting', () => {
      assert.deepEqual(found(known(account(40)), { ...usual, keyDays: 30 }), ['oldKey']);
      assert.deepEqual(found(known(account(400)), { ...usual, keyDays: 500 }), []);
    });
  });

  describe('certificate', () => {
    const open = cluster('account', noRules);
    const application: Named = {
      state: 'named',
      object: {
        id: 'a',
        type: 'servicePrincipal',
        name: 'reporting',
        userName: undefined,
        mail: undefined,
        appId: 'APP',
      },
    };
    const ending = (...days: readonly number[]): Known =>
      known(open, {
        grants: [grant('a', { type: 'servicePrincipal' })],
        named: new Map([['a', application]]),
        certificates: new Map([
          ['app', days.map((left) => ({ name: 'CN=reporting', ends: new Date(Date.parse(daysAgo(-left))) }))],
        ]),
      });
    const ends = (one: Known, judgement = usual): readonly RuleId[] =>
      found(one, judgement).filter((id) => id === 'certificate');

    it('is the last one of an application with access, ended or soon to end', () => {
      assert.deepEqual(ends(ending(12)), ['certificate']);
      assert.deepEqual(ends(ending(-3)), ['certificate']);
      assert.deepEqual(ends(ending(-3, 200)), []);
      assert.deepEqual(ends(ending(31)), []);
      assert.deepEqual(ends(ending(31), { ...usual, certificateDays: 60 }), ['certificate']);
      assert.deepEqual(ends(ending()), []);
      assert.deepEqual(ends({ ...ending(-3), certificates: new Map() }), []);
      assert.deepEqual(ends({ ...ending(-3), named: new Map() }), []);
    });
  });
});

/** What may be known or not, in any mixture. */
const anything: fc.Arbitrary<Known> = fc
  .record({
    properties: fc.constantFrom(
      orderly,
      both,
      passwords,
      { ...both, publicNetworkAccess: undefined },
      { publicNetworkAccess: 'Enabled' },
    ),
    people: fc.array(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        tenant: fc.constantFrom(home, elsewhere, undefined),
        role: fc.constantFrom<Role>(administrator, { name: 'readOnly' }, { name: 'unknown' }),
        state: fc.constantFrom('gone', 'unnamed'),
      }),
      { maxLength: 4 },
    ),
    list: fc.array(
      fc.constantFrom(rule('0.0.0.0'), rule('0.0.0.0', '255.255.255.255'), rule('203.0.113.7')),
      { maxLength: 3 },
    ),
  })
  .map(({ properties, people, list }) =>
    known(cluster('vcore', properties), {
      grants: people.map(({ id, tenant, role }) => ({
        ...grant(id, { role }),
        holder: {
          state: 'entra' as const,
          principal: { objectId: id, type: 'user' as const, tenant },
          alias: undefined,
        },
      })),
      named: new Map(people.map(({ id, state }) => [id, { state: state as 'gone' }])),
      rules: list,
    }),
  );

describe('findings', () => {
  it('come of what is known alone: what is refused, or was never asked, finds nothing more', () => {
    const whose = (one: Known): ReadonlySet<string> => new Set(judge([one], usual).map(({ id }) => id));
    const { grants: _grants, rules: _rules, ...bare } = known(cluster('vcore', orderly));
    fc.assert(
      fc.property(anything, (one) => {
        const all = whose(one);
        const { grants: _one, ...noGrants } = one;
        const { rules: _two, ...noList } = one;
        for (const less of [noGrants, noList, { ...one, grants: refused }, { ...one, rules: refused }])
          for (const id of whose(less)) assert.ok(all.has(id), id);
        // Without names one who is gone counts as there: a cluster with nobody left is one with somebody.
        for (const id of whose({ ...one, named: new Map() }))
          assert.ok(all.has(id) || /^(singleadministrator|nativeaccess)\|/.test(id), id);
        assert.deepEqual(whose({ ...bare, cluster: { ...one.cluster, read: 'gone' } }).size, 0);
      }),
    );
  });

  it('are judged as the settings say, and left out where a rule is off', () => {
    const one = known(cluster('vcore', both), {
      grants: [grant('a')],
      rules: [rule('0.0.0.0', '255.255.255.255')],
    });
    assert.deepEqual(
      judge([one], usual).map(({ rule: id, severity }) => `${severity} ${id}`),
      ['error openToEveryone', 'warning nativeAccess', 'information singleAdministrator'],
    );
    const severity: Judgement['severity'] = (id) =>
      id === 'openToEveryone' ? 'off' : id === 'singleAdministrator' ? 'error' : 'warning';
    assert.deepEqual(
      judge([one], { ...usual, severity }).map(({ rule: id, severity: as }) => `${as} ${id}`),
      ['error singleAdministrator', 'warning nativeAccess'],
    );
    for (const off of ruleIds)
      assert.ok(!found(one, { ...usual, severity: (id) => (id === off ? 'off' : 'error') }).includes(off));
  });

  it('come the worst first, and once for a cluster that several people see', () => {
    const mine = cluster('vcore', passwords);
    const theirs = {
      ...mine,
      key: 'b',
      caller: { ...caller, account: { id: 'b', label: 'lee@contoso.com' } },
    };
    const { looked: _, ...unlooked } = known(theirs);
    const other = known(cluster('vcore', orderly, 'carts'), { grants: [] });
    const all = judge([{ ...unlooked, looked: undefined }, known(mine), other], usual);
    assert.deepEqual(
      all.map(({ rule: id, known: { cluster: of, looked } }) => [id, of.key, looked]),
      [
        ['noAdministrator', other.cluster.key, now],
        ['nativeOnly', mine.key, now],
      ],
    );
  });
});

describe('the ledger of findings', () => {
  const store = () => {
    const kept = new Map<string, unknown>();
    let writes = 0;
    return {
      get: (key: string) => structuredClone(kept.get(key)),
      set: (key: string, value: unknown) => {
        writes++;
        kept.set(key, structuredClone(value));
      },
      writes: () => writes,
      kept,
    };
  };
  const only = (all: readonly Finding[]): Finding => all[0] ?? assert.fail();
  const one = known(cluster('vcore', passwords));
  const finding = only(judge([one], usual));

  it('keeps what is ignored, why, by whom and until when, over a restart', () => {
    const kept = store();
    let time = now;
    const clock = { now: () => time };
    new Ledger(kept, clock).ignore([finding], 'moves in autumn', 30);
    const again = new Ledger(kept, clock);
    assert.deepEqual(again.ignored.get(finding.id), {
      id: finding.id,
      rule: 'nativeOnly',
      cluster: one.cluster.id.toLowerCase(),
      clusterName: 'shop',
      reason: 'moves in autumn',
      by: 'kai@contoso.com',
      time: '2030-06-15T12:00:00.000Z',
      until: '2030-07-15T12:00:00.000Z',
    });
    time += 31 * 86_400_000;
    assert.equal(again.ignored.size, 0);
    again.ignore([finding], 'for good', undefined);
    time += 10_000 * 86_400_000;
    assert.equal(again.ignored.get(finding.id)?.until, undefined);
    assert.equal(again.ignored.size, 1);
    again.stopIgnoring([finding.id]);
    assert.equal(again.ignored.size, 0);
  });

  it('ignores a thousand at once, and writes once for that', () => {
    const kept = store();
    const ledger = new Ledger(kept, { now: () => now });
    const all = judge(
      Array.from({ length: 1000 }, (_, index) => known(cluster('vcore', passwords, `shop-${index}`))),
      usual,
    );
    ledger.ignore(all.slice(0, 1), 'first', undefined);
    const before = kept.writes();
    ledger.ignore(all, 'known', undefined);
    assert.deepEqual([kept.writes() - before, ledger.ignored.size], [1, 1000]);
    assert.equal(ledger.ignored.get(only(all).id)?.reason, 'known');
    ledger.stopIgnoring(all.slice(1).map(({ id }) => id));
    assert.deepEqual([kept.writes() - before, [...ledger.ignored.keys()]], [2, [only(all).id]]);
  });

  it('is about the same thing whoever looks, in whatever case Azure spells it', () => {
    const spelled = { ...one.cluster, id: one.cluster.id.toUpperCase(), key: 'other' };
    assert.equal(only(judge([known(spelled)], usual)).id, finding.id);
  });

  it('survives what somebody else wrote in its place', () => {
    const kept = store();
    for (const value of [undefined, null, 7, 'x', [null, 7, { id: 1 }, { ...finding, reason: 7 }]]) {
      kept.kept.set('findings.ignored', value);
      kept.kept.set('findings.since', value);
      const ledger = new Ledger(kept, { now: () => now });
      assert.equal(ledger.ignored.size, 0);
      assert.equal(ledger.since('x'), undefined);
    }
  });

  it('knows since when, until a look finds it no more; what could not be looked at says nothing', () => {
    const kept = store();
    let time = now;
    const ledger = new Ledger(kept, { now: () => time });
    ledger.note([finding], [one], []);
    time += 86_400_000;
    ledger.note([finding], [one], []);
    assert.equal(ledger.since(finding.id), '2030-06-15T12:00:00.000Z');
    assert.equal(kept.writes(), 1);
    ledger.note([], [{ ...one, looked: undefined }], []);
    ledger.note([], [one], [{ what: 'grants', cluster: one.cluster, failure: refused }]);
    ledger.note([], [], []);
    assert.equal(kept.writes(), 1);
    ledger.note([], [one], []);
    assert.equal(ledger.since(finding.id), undefined);
    ledger.note([finding], [one], []);
    assert.equal(ledger.since(finding.id), '2030-06-16T12:00:00.000Z');
  });
});
