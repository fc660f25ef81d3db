import assert from 'node:assert/strict';
import { changeLines, recentChanges } from '../../src/core/audit/recentChanges.ts';
import type { RecentChange } from '../../src/core/audit/recentChanges.ts';
import { readActivity } from '../../src/core/azure/activityLog.ts';
import type { ActivityEvent } from '../../src/core/azure/activityLog.ts';
import type { Call } from '../../src/core/azure/door.ts';
import type { Cluster, KindId } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { Failure } from '../../src/core/failure.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { askingDoor } from './stage.ts';

const caller = { account: { id: 'kai', label: 'kai@contoso.com' }, tenant: 'contoso' };
const somebody = '9e550000-0000-4000-8000-000000000002';
const alex = '9e550000-0000-4000-8000-000000000003';
const workload = '5e4f0000-0000-4000-8000-000000000003';
const now = new Date('2026-03-31T12:00:00.000Z');
const since = new Date('2026-03-01T12:00:00.000Z');

function clusterOf(kind: KindId): Cluster {
  const { armType } = kinds[kind];
  const id = `/subscriptions/s/resourceGroups/shop/providers/${armType}/orders`;
  const resource = { id, name: 'orders', type: armType, properties: { capabilities: [] } };
  const modes = { entra: 'on', native: 'off', other: [] } as const;
  return {
    kind,
    id,
    name: 'orders',
    subscription: 's',
    resourceGroup: 'shop',
    caller,
    resource,
    modes,
  } as unknown as Cluster;
}

const claims = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

/** An event as the service sends it. */
function raw(cluster: Cluster, below: string, verb: string, more: object = {}) {
  const scope = `${cluster.id}${below === '' ? '' : `/${below}`}`;
  return {
    category: { value: 'Administrative' },
    caller: 'alex@contoso.com',
    claims: { [claims]: alex, idtyp: 'user', appid: 'cli' },
    correlationId: 'c1',
    eventTimestamp: '2026-03-20T10:00:00.000Z',
    operationName: { value: `${kinds[cluster.kind].armType}/${verb}` },
    resourceId: scope,
    status: { value: 'Succeeded' },
    subStatus: { value: '' },
    ...more,
  };
}

async function events(cluster: Cluster, ...sent: readonly object[]): Promise<readonly ActivityEvent[]> {
  const door = askingDoor(cloudOf('public', undefined), () => Promise.resolve({ value: sent }));
  return (await readActivity(door, caller, { ...cluster, since, now })).events;
}

async function changesOf(
  cluster: Cluster,
  sent: readonly object[],
  lines: readonly object[] = [],
): Promise<readonly RecentChange[]> {
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  return recentChanges(cluster, { events: await events(cluster, ...sent) }, changeLines(text), since);
}

describe('the activity log', () => {
  const cluster = clusterOf('vcore');
  const ask = async (answer: (call: Call) => unknown, signal?: AbortSignal) => {
    const calls: Call[] = [];
    const door = askingDoor(cloudOf('public', undefined), async (call) => {
      calls.push(call);
      return answer(call);
    });
    const activity = await readActivity(door, caller, { ...cluster, since, now }, signal);
    return { calls, activity };
  };
  const filterOf = (call: Call | undefined): string =>
    new URL(call?.address ?? '', 'https://arm').searchParams.get('$filter') ?? '';

  it('is asked by the one pattern of its filter that has a group’s children, page by page', async () => {
    const nextLink = 'https://management.azure.com/next?$skiptoken=2';
    const { calls, activity } = await ask(({ address }) =>
      address === nextLink
        ? { value: [raw(cluster, 'users/b', 'users/write', { more: { unheardOf: 1 } })] }
        : { value: [raw(cluster, 'users/a', 'users/write')], nextLink },
    );
    assert.equal(
      filterOf(calls[0]),
      `eventTimestamp ge '${since.toISOString()}' and eventTimestamp le '${now.toISOString()}' and resourceGroupName eq 'shop'`,
    );
    assert.match(calls[0]?.address ?? '', /eventtypes\/management\/values\?api-version=2015-04-01&/);
    assert.doesNotMatch(calls[0]?.address ?? '', /[+ ]/, 'a space is no plus to everybody');
    assert.deepEqual([calls.length, calls[1]?.address], [2, nextLink]);
    assert.deepEqual(
      activity.events.map(({ resourceId }) => resourceId.split('/').at(-1)),
      ['a', 'b'],
    );
    assert.deepEqual((activity.events[1]?.raw as { more: unknown } | undefined)?.more, { unheardOf: 1 });
    assert.equal(activity.isPartial, false);
  });

  it('tells of the cluster and what is below it, in whatever case, and of no neighbour', async () => {
    const neighbour = { ...raw(cluster, '', 'write'), resourceId: `${cluster.id}-eu` };
    const shouted = { ...raw(cluster, '', 'write'), resourceId: cluster.id.toUpperCase() };
    const { activity } = await ask(() => ({ value: [neighbour, shouted] }));
    assert.deepEqual(
      activity.events.map(({ resourceId }) => resourceId),
      [cluster.id.toUpperCase()],
    );
  });

  it('is never asked for more than it keeps', async () => {
    const calls: Call[] = [];
    const door = askingDoor(cloudOf('public', undefined), async (call) => {
      calls.push(call);
      return { value: [] };
    });
    const long = new Date(now.getTime() - 90 * 86_400_000);
    await readActivity(door, caller, { ...cluster, since: long, now });
    const start = /ge '([^']+)'/.exec(filterOf(calls[0]))?.[1] ?? '';
    assert.ok(Date.parse(start) > long.getTime() && Date.parse(start) < long.getTime() + 3_600_000);
  });

  it('is asked about the cluster alone by who may not ask about its group', async () => {
    const { calls, activity } = await ask((call) => {
      if (!filterOf(call).includes('resourceUri'))
        throw new Failure({ code: 'forbidden', serviceCode: 'AuthorizationFailed', message: '' });
      return { value: [raw(cluster, '', 'write')] };
    });
    assert.match(filterOf(calls[1]), new RegExp(`resourceUri eq '${cluster.id}'$`));
    assert.deepEqual([activity.events.length, activity.isPartial], [1, true]);
  });

  it('throws what else goes wrong, and what may not be read at all', async () => {
    const refused = { code: 'forbidden', serviceCode: 'AuthorizationFailed', message: '' } as const;
    for (const [data, questions] of [
      [{ code: 'throttled', seconds: 3 }, 1],
      [refused, 2],
    ] as const) {
      let asked = 0;
      const answer = (): never => {
        asked++;
        throw new Failure(data);
      };
      await assert.rejects(ask(answer), { message: data.code });
      assert.equal(asked, questions);
    }
  });

  it('hands the signal on', async () => {
    const { signal } = new AbortController();
    const { calls } = await ask(() => ({ value: [] }), signal);
    assert.equal(calls[0]?.signal, signal);
  });
});

describe('recent changes', () => {
  const body = (properties: object) => ({ properties: { requestbody: JSON.stringify({ properties }) } });
  const person = (objectId: string) => ({
    principal: { objectId, type: 'unknown', tenant: undefined },
    name: undefined,
  });
  const kinds: readonly [KindId, string, string, object, object | undefined][] = [
    ['vcore', `users/${somebody}`, 'users/write', {}, { does: 'grantSet', subject: person(somebody) }],
    ['vcore', `users/${somebody}`, 'users/delete', {}, { does: 'grantRemoved', subject: person(somebody) }],
    ['vcore', '', 'write', {}, { does: 'settings', about: undefined }],
    ['vcore', '', 'write', body({ compute: { tier: 'M40' } }), { does: 'settings', about: [] }],
    [
      'vcore',
      '',
      'write',
      body({ authConfig: { allowedModes: ['MicrosoftEntraID'] }, publicNetworkAccess: 'Disabled' }),
      { does: 'settings', about: ['modes', 'network'], modes: { entra: 'on', native: 'off', other: [] } },
    ],
    [
      'vcore',
      '',
      'write',
      { httpRequest: { method: 'PUT' }, subStatus: { value: 'Created' } },
      { does: 'created' },
    ],
    ['vcore', '', 'delete', {}, { does: 'deleted' }],
    [
      'vcore',
      'firewallRules/office',
      'firewallRules/write',
      body({ startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.31' }),
      { does: 'ruleSet', name: 'office', range: '203.0.113.0–203.0.113.31' },
    ],
    [
      'vcore',
      'firewallRules/office',
      'firewallRules/delete',
      {},
      { does: 'ruleRemoved', name: 'office', range: undefined },
    ],
    ['vcore', '', 'listConnectionStrings/action', {}, undefined],
    ['vcore', '', 'read', {}, undefined],
    [
      'vcore',
      '',
      'promote/action',
      {},
      { does: 'other', operation: 'Microsoft.DocumentDB/mongoClusters/promote/action' },
    ],
    ['account', '', 'listConnectionStrings/action', {}, { does: 'keysListed' }],
    ['account', '', 'LISTKEYS/action', {}, { does: 'keysListed' }],
    ['account', '', 'readonlykeys/action', {}, { does: 'keysListed' }],
    ['account', '', 'regenerateKey/action', {}, { does: 'keysRenewed' }],
    [
      'account',
      '',
      'write',
      body({ disableLocalAuth: true }),
      { does: 'settings', about: ['modes'], modes: { entra: 'on', native: 'off', other: [] } },
    ],
    ['account', '', 'write', body({ ipRules: [] }), { does: 'settings', about: ['network'] }],
    [
      'account',
      'sqlRoleAssignments/a5516000-0000-4000-8000-000000000001',
      'sqlRoleAssignments/write',
      body({ principalId: somebody }),
      { does: 'grantSet', subject: person(somebody) },
    ],
    [
      'account',
      'sqlRoleAssignments/a5516000-0000-4000-8000-000000000001',
      'sqlRoleAssignments/delete',
      {},
      { does: 'grantRemoved', subject: { principal: undefined, name: undefined } },
    ],
    ['account', 'gremlinRoleDefinitions/x', 'gremlinRoleDefinitions/write', {}, { does: 'roleDefined' }],
    [
      'postgres',
      'roles/reader',
      'roles/write',
      body({ externalIdentity: { objectId: somebody } }),
      { does: 'grantSet', subject: { ...person(somebody), name: 'reader' } },
    ],
    [
      'postgres',
      '',
      'write',
      body({ authConfig: { activeDirectoryAuth: 'enabled', passwordAuth: 'disabled' } }),
      { does: 'settings', about: ['modes'], modes: { entra: 'on', native: 'off', other: [] } },
    ],
    [
      'vcore',
      'providers/Microsoft.Authorization/roleAssignments/a5516000-0000-4000-8000-000000000001',
      '',
      {
        operationName: { value: 'Microsoft.Authorization/roleAssignments/write' },
        ...body({ principalId: somebody }),
      },
      { does: 'azureRoleGiven', subject: person(somebody) },
    ],
  ];
  for (const [kind, below, verb, more, expected] of kinds)
    it(`of ${kind}: ${verb || 'a role in Azure'} ${JSON.stringify(more)}`, async () => {
      const cluster = clusterOf(kind);
      const [change] = await changesOf(cluster, [raw(cluster, below, verb, more)]);
      assert.deepEqual(change?.what, expected);
    });

  const vcore = clusterOf('vcore');
  const stages = (...statuses: readonly (readonly [string, object?])[]) =>
    statuses.map(([status, more], index) =>
      raw(vcore, `users/${somebody}`, 'users/write', {
        status: { value: status },
        eventTimestamp: `2026-03-20T10:00:0${index}.000Z`,
        ...more,
      }),
    );

  const outcomes: readonly [string, readonly (readonly [string, object?])[], string, string | undefined][] = [
    ['done', [['Started'], ['Accepted'], ['Succeeded']], 'done', undefined],
    ['under way', [['Started'], ['Accepted']], 'open', undefined],
    ['of a word nobody knows', [['Started'], ['Pondering']], 'open', undefined],
    ['called off', [['Started'], ['Canceled']], 'cancelled', undefined],
    [
      'failed, with the service’s code',
      [
        ['Started'],
        [
          'Failed',
          {
            subStatus: { value: 'Conflict' },
            properties: { statusMessage: JSON.stringify({ error: { code: 'ScopeLocked' } }) },
          },
        ],
      ],
      'failed',
      'ScopeLocked',
    ],
    [
      'failed, with HTTP’s where there is no other',
      [
        ['Started'],
        ['Failed', { subStatus: { value: 'Forbidden' }, properties: { statusMessage: '<html>' } }],
      ],
      'failed',
      'Forbidden',
    ],
  ];
  for (const [name, sent, state, serviceCode] of outcomes)
    it(`of several events are one: ${name}, in whatever order they come`, async () => {
      for (const order of [stages(...sent), stages(...sent).toReversed()]) {
        const changes = await changesOf(vcore, order);
        assert.equal(changes.length, 1);
        assert.deepEqual(changes[0]?.outcome, { state, serviceCode });
        assert.equal(changes[0]?.time, '2026-03-20T10:00:00.000Z');
        assert.equal(changes[0]?.record.azure.length, sent.length);
      }
    });

  it('of one deployment are as many as it changed', async () => {
    const sent = [raw(vcore, 'users/a', 'users/write'), raw(vcore, 'users/b', 'users/write')];
    assert.equal((await changesOf(vcore, sent)).length, 2);
  });

  it('that failed and were tried again by the same name have the last end', async () => {
    const [change] = await changesOf(vcore, stages(['Started'], ['Failed'], ['Succeeded']));
    assert.equal(change?.outcome.state, 'done');
  });

  it('are told where the log has no category', async () => {
    assert.equal((await changesOf(vcore, [raw(vcore, '', 'write', { category: undefined })])).length, 1);
  });

  it('leave out what no person or application did by themselves', async () => {
    const sent = raw(vcore, '', 'write', { category: { value: 'ResourceHealth' } });
    assert.deepEqual(await changesOf(vcore, [sent]), []);
  });

  const actors: readonly [string, object, object][] = [
    [
      'a person',
      {},
      { name: 'alex@contoso.com', type: 'person', objectId: alex, kind: 'user', applicationId: 'cli' },
    ],
    [
      'an application by its object id',
      { caller: workload, claims: { [claims]: workload, idtyp: 'app', appid: 'the-app' } },
      {
        name: undefined,
        type: 'application',
        objectId: workload,
        kind: 'servicePrincipal',
        applicationId: 'the-app',
      },
    ],
    [
      'an application whose token says nothing of its kind',
      { caller: workload, claims: {} },
      { name: undefined, type: 'application', objectId: undefined, kind: undefined, applicationId: workload },
    ],
    [
      'nobody that it names',
      { caller: '', claims: undefined },
      { name: undefined, type: 'unknown', objectId: undefined, kind: undefined, applicationId: undefined },
    ],
  ];
  for (const [name, more, { ...expected }] of actors)
    it(`say who: ${name}`, async () => {
      const [change] = await changesOf(vcore, [raw(vcore, '', 'delete', more)]);
      const { by } = change ?? assert.fail();
      assert.deepEqual(
        {
          name: by.name,
          type: by.type,
          objectId: by.principal?.objectId,
          kind: by.principal?.type,
          applicationId: by.applicationId,
        },
        expected,
      );
    });

  it('keep no secret that the log has', async () => {
    const sent = raw(
      vcore,
      '',
      'write',
      body({ administrator: { userName: 'dbadmin', password: 'Pa55-w0rd!' } }),
    );
    const [change] = await changesOf(vcore, [sent]);
    assert.deepEqual(change?.what, { does: 'settings', about: ['password'] });
    assert.match(JSON.stringify(change), /dbadmin/);
    assert.doesNotMatch(JSON.stringify(change), /Pa55/);
    assert.match(JSON.stringify(change), /"requestbody":\{"properties":/);
  });

  it('keep by which permission it was done, and nothing else under a name for secrets', async () => {
    const used = { action: 'a/write', role: 'Contributor', scope: vcore.id };
    const shownFor = async (authorization: unknown) => {
      const [change] = await changesOf(vcore, [
        { ...raw(vcore, '', 'write', body({ authConfig: { allowedModes: [] } })), authorization },
      ]);
      return (change?.record.azure[0] as { authorization?: unknown } | undefined)?.authorization;
    };
    assert.deepEqual(await shownFor({ ...used, evidence: { token: 'hush' } }), used);
    assert.equal(await shownFor('Bearer hush'), '[secret]');
  });

  describe('beside our own record', () => {
    const who = { account: 'alex@contoso.com', accountId: 'a', tenant: 'contoso', objectId: alex };
    const grant = {
      id: `${vcore.id}/users/${somebody}`,
      principal: { objectId: somebody, type: 'user', tenant: null, name: 'Robin' },
      login: null,
      role: 'administrator',
      roleId: 'root',
      scope: null,
    };
    const line = (more: object = {}) => ({
      time: '2026-03-20T10:00:30.000Z',
      event: 'change',
      id: 'own-1',
      who,
      cluster: vcore.id.toUpperCase(),
      what: { change: 'removeGrant', grant },
      outcome: 'done',
      before: null,
      after: null,
      correlationIds: ['C1'],
      milliseconds: 31_000,
      ...more,
    });
    const removal = raw(vcore, `users/${somebody}`, 'users/delete');

    it('are one with it by Azure’s name for them', async () => {
      const changes = await changesOf(vcore, [removal], [line()]);
      assert.equal(changes.length, 1);
      const [change] = changes;
      assert.equal(change?.seenIn, 'both');
      assert.deepEqual(change?.what, { does: 'here', change: { change: 'removeGrant', grant } });
      assert.deepEqual([change?.record.azure.length, change?.record.here.length], [1, 1]);
    });

    it('are one where a role was changed in two steps', async () => {
      const given = raw(vcore, `users/${somebody}`, 'users/write', { correlationId: 'c2' });
      const what = { change: 'changeRole', grant, role: 'readOnly', roleId: 'x' };
      const changes = await changesOf(
        vcore,
        [removal, given],
        [line({ what, correlationIds: ['c1', 'c2'] })],
      );
      assert.deepEqual(
        changes.map(({ seenIn, record }) => [seenIn, record.azure.length]),
        [['both', 2]],
      );
    });

    it('are shown apart when only one of both has them, newest first', async () => {
      const inside = line({ id: 'own-2', correlationIds: [], time: '2026-03-21T10:00:00.000Z' });
      const changes = await changesOf(vcore, [removal], [inside]);
      assert.deepEqual(
        changes.map(({ seenIn, by }) => [seenIn, by.name]),
        [
          ['here', 'alex@contoso.com'],
          ['azure', 'alex@contoso.com'],
        ],
      );
    });

    it('are one by person, time and kind where Azure refused at once', async () => {
      const refused = { ...removal, status: { value: 'Failed' }, subStatus: { value: 'Conflict' } };
      const failure = { code: 'service', status: 409, serviceCode: 'ScopeLocked', message: '' };
      const own = line({ correlationIds: [], outcome: 'failed', failure });
      const [one, ...others] = await changesOf(vcore, [refused], [own]);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [one?.seenIn, one?.outcome],
        ['both', { state: 'failed', serviceCode: 'ScopeLocked' }],
      );
      const apart: readonly [string, object, object][] = [
        ['another person', {}, { who: { ...who, objectId: somebody } }],
        ['another time', { eventTimestamp: '2026-03-20T11:00:00.000Z' }, {}],
        ['another kind', {}, { what: { change: 'addRule', rule: { name: 'r', start: '', end: '' } } }],
      ];
      for (const [name, event, mine] of apart) {
        const changes = await changesOf(vcore, [{ ...refused, ...event }], [{ ...own, ...mine }]);
        assert.equal(changes.length, 2, name);
      }
    });

    it('take their end from Azure when the window was closed before it', async () => {
      const {
        correlationIds: _,
        milliseconds: __,
        after: ___,
        ...begun
      } = line({
        outcome: 'started',
        time: '2026-03-20T09:59:59.000Z',
      });
      const [change] = await changesOf(vcore, [removal], [begun]);
      assert.deepEqual([change?.seenIn, change?.outcome.state], ['both', 'done']);
      assert.equal((await changesOf(vcore, [], [begun]))[0]?.outcome.state, 'open');
      const failed = { ...removal, status: { value: 'Failed' }, subStatus: { value: 'Conflict' } };
      const [other] = await changesOf(vcore, [failed], [begun]);
      assert.deepEqual(other?.outcome, { state: 'failed', serviceCode: 'Conflict' });
    });

    it('take their end from Azure when nobody here heard of it', async () => {
      const lost = line({ outcome: 'unknown', failure: { code: 'signedOut', account: 'kai@contoso.com' } });
      assert.equal((await changesOf(vcore, [removal], [lost]))[0]?.outcome.state, 'done');
      assert.equal((await changesOf(vcore, [], [lost]))[0]?.outcome.state, 'open');
    });

    it('belong to one line of it at most, and to none whose person is unknown', async () => {
      const seen = async (...lines: readonly object[]): Promise<readonly string[]> =>
        (await changesOf(vcore, [removal], lines)).map(({ seenIn }) => seenIn).toSorted();
      const own = line({ correlationIds: [] });
      assert.deepEqual(await seen(own, { ...own, id: 'own-2' }), ['both', 'here']);
      assert.deepEqual(await seen({ ...own, who: { ...who, objectId: null } }), ['azure', 'here']);
    });

    it('leave out other clusters, other days, what is no change and what cannot be read', async () => {
      const others = [
        line({ cluster: `${vcore.id}-eu` }),
        line({ id: 'old', time: '2026-02-01T10:00:00.000Z' }),
        { event: 'token', time: '2026-03-20T10:00:00.000Z' },
        { event: 'unreadable', text: '{' },
      ];
      assert.deepEqual(await changesOf(vcore, [], others), []);
      assert.deepEqual(changeLines('{"event":\n\nnull\n'), []);
    });

    it('are told whatever somebody wrote beside them', async () => {
      const whole = line();
      for (const name of Object.keys(whole))
        for (const value of [null, 7, 'else', [], {}, undefined]) {
          const broken = { ...whole, id: 'other', [name]: value };
          const ids = (await changesOf(vcore, [], [whole, broken])).map(({ key }) => key);
          assert.ok(ids.length >= 1, `${name}: ${JSON.stringify(value)}`);
        }
    });
  });
});
