import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { holds, readCluster } from '../../src/core/access/seen.ts';
import type { Call, Door } from '../../src/core/azure/door.ts';
import type { Change } from '../../src/core/clusters/change.ts';
import type { Grant } from '../../src/core/clusters/cluster.ts';
import { Failure } from '../../src/core/failure.ts';
import type { FailureData } from '../../src/core/failure.ts';
import { findSubscription, syntheticId } from '../local-azure/organisation.ts';
import type { Fault, FaultRule } from '../local-azure/faults.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import {
  azureWithDatabases,
  begin as beginIn,
  codeOf,
  databaseAccounts,
  driverOf,
  inAzure,
  modes,
  mongoClusters,
  resource,
  rule,
  serverGroups,
} from './changing.ts';
import type { Line, Play, Playing } from './changing.ts';
import { hurry } from './hurry.ts';
import { always, audiences, printed, sent, startWitness, until } from './stage.ts';

const { checkout, kai, nightly, reporting, robin, sam } = samplePeople();

const refusal = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'status',
  status,
  headers,
  body: { error: { code, message: `It says ${code}.` } },
});
const says = (status: number, code: string): FailureData => ({
  code: 'service',
  status,
  serviceCode: code,
  message: `It says ${code}.`,
});

/** Holds back what matches on its way to Azure, until it is let through or called off. */
function gate(matches: (call: Call) => boolean) {
  const { promise: through, resolve: open } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  return {
    open,
    reached,
    door: (door: Door): Door => ({
      ...door,
      async exchange(call) {
        if (matches(call)) {
          reach();
          const { promise: off, reject } = Promise.withResolvers<never>();
          call.signal?.addEventListener('abort', () => reject(new Failure({ code: 'cancelled' })));
          await Promise.race([through, off]);
        }
        return door.exchange(call);
      },
    }),
  };
}

/** Lets what matches through to Azure, and loses the answer. */
function losing(matches: (call: Call) => boolean, times = Infinity) {
  let left = times;
  return (door: Door): Door => ({
    ...door,
    async exchange(call) {
      const answer = await door.exchange(call);
      if (matches(call) && left-- > 0)
        throw new Failure({ code: 'unreachable', host: 'azure', detail: 'ECONNRESET' });
      return answer;
    },
  });
}

const isWrite = ({ method }: Call): boolean => method !== 'GET' && method !== 'POST';

/** The lines that one change left, without what is of no interest here. */
function lines(record: readonly Line[]): readonly string[] {
  return record.map((line) =>
    'started' in line
      ? `started ${line.started.what}`
      : `ended ${line.ended === 'done' ? 'done' : line.ended.code}`,
  );
}

function endOf({ record }: Playing): Extract<Line, { ended: unknown }> {
  const line = record.at(-1);
  assert.ok(line !== undefined && 'ended' in line);
  return line;
}

describe('a change', () => {
  const azure = azureWithDatabases();
  const pauses = hurry();
  const begin = (play: Play = {}): Playing => beginIn(azure(), play);
  const fault = (rule: FaultRule): void => azure().faults.add(rule);
  const carts = () => inAzure(azure(), mongoClusters, 'carts-eu');
  const usersOf = (name = 'carts-eu'): readonly string[] =>
    inAzure(azure(), mongoClusters, name).users.map((user) => user.name);
  /** Somebody else takes an administrator's place away, past all guards. */
  const lose = (who: { readonly id: string }): void => {
    const { users } = carts();
    users.splice(
      users.findIndex(({ name }) => name === who.id),
      1,
    );
  };

  describe('of who gets in is felt by a colleague’s own driver:', () => {
    const oneOrder = { _id: 'made by a test' as never };
    /** By whichever of the two numbers that gateways have for it. */
    const isRefused = (code: unknown): boolean => code === 13 || code === 18;
    const read = (client: MongoClient) => codeOf(client.db('shop').collection('orders').findOne());
    const write = (client: MongoClient) =>
      codeOf(
        client
          .db('shop')
          .collection('orders')
          .insertOne({ ...oneOrder }),
      );

    it('from a cluster with passwords only, to one who reads, then writes, and then is gone', async () => {
      const { properties } = inAzure(azure(), mongoClusters, 'legacy-shop');
      properties.clusterStatus = 'Ready';
      const play = begin();
      const cluster = await play.cluster('legacy-shop');
      assert.deepEqual(cluster.modes, { entra: 'off', native: 'on', other: [] });
      const colleague = () => driverOf(azure(), 'legacy-shop', 'robin@contoso.com');
      assert.ok(isRefused(await read(colleague())), 'nobody from Entra is let in');

      await play.make(cluster, modes(true, true), await play.adding(cluster, kai, 'administrator'));
      assert.ok(isRefused(await read(colleague())), 'not the colleague');
      await play.make(cluster, await play.adding(cluster, robin, 'readOnly'));
      const reader = colleague();
      assert.deepEqual([await read(reader), await write(reader)], [undefined, 13]);

      const opened = await play.cluster('legacy-shop');
      await play.make(cluster, await play.changing(opened, robin, 'readWrite'));
      const writer = colleague();
      assert.deepEqual([await read(writer), await write(writer)], [undefined, undefined]);
      assert.equal(await codeOf(writer.db('admin').command({ dropUser: kai.id })), 13);

      await play.make(cluster, await play.removing(opened, robin));
      assert.ok(isRefused(await read(colleague())));
      assert.ok(isRefused(await read(writer)), 'nor with the session that there was');
    });

    it('an administrator who is removed is let in no more', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'administrator'));
      const admin = driverOf(azure(), 'carts-eu', 'sam@contoso.com');
      const status = await admin.db('admin').command({ connectionStatus: 1 });
      assert.deepEqual(status['authInfo'].authenticatedUserRoles, [{ role: 'root', db: 'admin' }]);
      await play.make(cluster, await play.removing(cluster, sam));
      assert.ok(isRefused(await read(driverOf(azure(), 'carts-eu', 'sam@contoso.com'))));
      assert.ok(isRefused(await read(admin)));
    });

    it('passwords work until the cluster goes without', async () => {
      const { port } = azure().gateways.get('carts-eu') ?? assert.fail();
      const withPassword = async (): Promise<unknown> => {
        const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
          tls: true,
          ca: azure().certificateAuthority,
          auth: { username: 'dbadmin', password: 'Local-Azure-1' },
          authMechanism: 'SCRAM-SHA-256',
        });
        try {
          return await read(client);
        } finally {
          await client.close();
        }
      };
      assert.equal(await withPassword(), undefined);
      const play = begin();
      await play.make(await play.cluster('carts-eu'), modes(true, false));
      assert.equal(typeof (await withPassword()), 'number');
      assert.equal(await read(driverOf(azure(), 'carts-eu', 'kai@contoso.com')), undefined);
    });
  });

  describe('waits for its turn', () => {
    it('behind the others of its cluster, each of which is seen through first', async () => {
      const hold = gate(
        (call) => call.address.includes('/operations') || call.address.includes('AsyncOperation'),
      );
      const play = begin({ door: hold.door });
      const cluster = await play.cluster('carts-eu');
      const people = [sam, robin, nightly];
      const changes = await Promise.all(people.map((who) => play.adding(cluster, who, 'administrator')));
      const made = changes.map((change, index) => play.changes.make(cluster, change, `person ${index}`));
      await hold.reached;
      const under = play.changes.under(cluster.key);
      assert.deepEqual(
        under.map(({ who, stage, cancellable }) => [who, stage.what, cancellable]),
        [
          ['person 0', 'accepted', false],
          ['person 1', 'queued', true],
          ['person 2', 'queued', true],
        ],
      );
      assert.equal(play.writes.length, 1);
      hold.open();
      await Promise.all(made);
      assert.deepEqual(
        play.writes.map(({ address }) => address.split('/').at(-1)),
        people.map(({ id }) => id),
      );
      assert.ok(
        sent(azure(), /^PUT/).every(({ status }) => status === 201),
        'the cluster was never found busy',
      );
      assert.deepEqual(play.stages(2), ['queued', 'sending', 'accepted', 'verifying']);
    });

    it('and not behind those of other clusters', async () => {
      const hold = gate((call) => isWrite(call) && call.address.includes('carts-eu'));
      const play = begin({ door: hold.door });
      const [busy, free] = [await play.cluster('carts-eu'), await play.cluster('reviews-eu')];
      const slow = play.make(busy, rule('198.51.100.7'));
      await hold.reached;
      await play.make(free, rule('198.51.100.7'));
      assert.deepEqual(
        play.changes.all.map(({ cluster }) => cluster.name),
        ['carts-eu'],
      );
      hold.open();
      await slow;
      assert.deepEqual(play.changes.all, []);
    });

    it('behind those of another account that sees the same cluster, spelled as it may be', async () => {
      const hold = gate(isWrite);
      const play = begin({ people: ['kai@contoso.com', 'alex@contoso.com'], door: hold.door });
      const mine = await play.cluster('carts-eu');
      const spelled = await play.cluster('carts-eu', 1);
      const theirs = { ...spelled, id: spelled.id.toUpperCase() };
      assert.notEqual(mine.key, theirs.key);
      const first = play.make(mine, rule('198.51.100.7'));
      await hold.reached;
      const second = play.make(theirs, rule('198.51.100.8', undefined, 'other'));
      await sleep(50);
      assert.deepEqual(
        play.changes.under(theirs.key).map(({ stage }) => stage.what),
        ['queued'],
      );
      assert.equal(play.writes.length, 1);
      hold.open();
      await Promise.all([first, second]);
      assert.equal(carts().firewallRules.length, 3);
    });

    it('whatever became of those before it', async () => {
      const hold = gate(isWrite);
      const play = begin({ door: hold.door });
      const cluster = await play.cluster('carts-eu');
      fault({ method: 'PUT', fault: refusal(400, 'BadRequest') });
      const failing = play.failure(cluster, rule('198.51.100.7'));
      await hold.reached;
      const cancelled = play.failure(cluster, rule('198.51.100.8', undefined, 'b'));
      const third = play.make(cluster, rule('198.51.100.9', undefined, 'c'));
      play.changes.cancel(2);
      assert.deepEqual(await cancelled, { code: 'cancelled' });
      await sleep(20);
      assert.equal(play.changes.all.at(-1)?.stage.what, 'queued', 'the first is not done yet');
      assert.equal(play.writes.length, 1);
      hold.open();
      assert.deepEqual(await failing, says(400, 'BadRequest'));
      await third;
      assert.deepEqual(
        carts().firewallRules.map(({ name }) => name),
        ['everyone', 'c'],
      );
    });

    it('while Azure says that the cluster is at something else', async () => {
      for (const [name, property, address] of [
        ['carts-eu', 'clusterStatus', '198.51.100.7'],
        ['carts-eu', 'provisioningState', '198.51.100.8'],
        ['ledger', 'state', '198.51.100.7'],
        ['catalog', 'provisioningState', '198.51.100.7'],
      ] as const) {
        const { properties } = resource(azure(), name) as { properties: Record<string, unknown> };
        const before = properties[property];
        properties[property] = 'Updating';
        const play = begin();
        const made = play.make(play.listed(name), rule(address));
        await until(() => play.changes.all[0]?.stage.what === 'clusterBusy');
        assert.equal(play.changes.all[0]?.cancellable, true);
        const seen = pauses.length;
        await until(() => pauses.slice(seen).filter((pause) => pause === 5000).length > 2);
        assert.deepEqual(play.writes, []);
        properties[property] = before;
        await made;
        assert.deepEqual(play.stages(1), ['queued', 'clusterBusy', 'sending', 'accepted', 'verifying']);
      }
    });

    it('for as long as a lock stays after an operation', async () => {
      azure().organisation.behaviour.lockMs = 600_000;
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      const made = play.make(cluster, rule('198.51.100.7'), rule('198.51.100.8', undefined, 'other'));
      await until(() => sent(azure(), /^PUT/).filter(({ status }) => status === 409).length >= 2);
      azure().organisation.behaviour.lockMs = 0;
      await made;
      assert.deepEqual(play.stages(2).slice(0, 4), ['queued', 'sending', 'clusterBusy', 'sending']);
      assert.equal(carts().firewallRules.length, 3);
    });

    it('longer each time, for nine minutes, and then says what the service said', async () => {
      fault(always({ method: 'PUT', fault: refusal(409, 'AnotherOperationInProgress') }));
      const play = begin();
      const failure = await play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
      assert.deepEqual(failure, says(409, 'AnotherOperationInProgress'));
      assert.deepEqual(pauses, [
        1000,
        2000,
        4000,
        8000,
        15_000,
        30_000,
        ...Array.from({ length: 10 }, () => 45_000),
      ]);
      assert.equal(play.writes.length, 17);
    });

    it('not at all for what stays as it is', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      for (const code of ['MissingSubscriptionRegistration', 'RoleAssignmentExists']) {
        fault({ method: 'PUT', fault: refusal(409, code) });
        assert.deepEqual(await play.failure(cluster, rule('198.51.100.7')), says(409, code));
      }
      carts().lock = 'ReadOnly';
      const locked = await play.failure(cluster, rule('198.51.100.7'));
      assert.equal('serviceCode' in locked && locked.serviceCode, 'ScopeLocked');
      delete carts().lock;
      const subscription = findSubscription(azure().organisation, carts().subscriptionId) ?? assert.fail();
      subscription.state = 'Disabled';
      const disabled = await play.failure(cluster, rule('198.51.100.7'));
      assert.equal('serviceCode' in disabled && disabled.serviceCode, 'ReadOnlyDisabledSubscription');
      assert.equal(play.writes.length, 4);
      assert.deepEqual(pauses, []);
      subscription.state = 'Enabled';
    });

    it('as long as Azure asks where it asks too often', async () => {
      fault({ method: 'PUT', fault: refusal(429, 'TooManyRequests', { 'retry-after': '70' }) });
      fault({ method: 'PUT', fault: refusal(429, 'TooManyRequests') });
      fault({ method: 'PUT', fault: refusal(429, 'TooManyRequests', { 'retry-after': '0' }) });
      const play = begin();
      await play.make(play.listed('carts-eu'), rule('198.51.100.7'));
      assert.deepEqual(pauses.slice(0, 3), [70_000, 1000, 1000]);
      const waits = play
        .operations(1)
        .flatMap(({ stage }) => (stage.what === 'throttled' ? [stage.seconds] : []));
      assert.deepEqual(waits, [70, 1, 1]);
      assert.equal(carts().firewallRules.length, 2);
    });
  });

  describe('is called back', () => {
    it('while it waits for others, and nothing of it is sent', async () => {
      const hold = gate(isWrite);
      const play = begin({ door: hold.door });
      const cluster = await play.cluster('carts-eu');
      const first = play.make(cluster, rule('198.51.100.7'));
      await hold.reached;
      const second = play.failure(cluster, await play.removing(cluster, checkout));
      assert.deepEqual(
        play.changes.all.map(({ id, cancellable }) => [id, cancellable]),
        [
          [1, false],
          [2, true],
        ],
      );
      const reads = azure().requests.length;
      play.changes.cancel(2);
      play.changes.cancel(1);
      play.changes.cancel(77);
      assert.deepEqual(await second, { code: 'cancelled' });
      assert.deepEqual(
        play.changes.all.map(({ id }) => id),
        [1],
      );
      assert.equal(azure().requests.length, reads, 'its cluster is not even looked at');
      hold.open();
      await first;
      assert.ok(usersOf().includes(checkout.id));
      assert.deepEqual(lines(play.record), [
        'started addRule',
        'started removeGrant',
        'ended cancelled',
        'ended done',
      ]);
    });

    it('while its cluster is busy', async () => {
      carts().properties.clusterStatus = 'Updating';
      const play = begin({ me: () => Promise.resolve(kai.id) });
      const failing = play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
      await until(() => pauses.includes(5000));
      play.changes.cancel(1);
      await new Promise(setImmediate);
      assert.deepEqual(play.changes.all, [], 'at once, and not after a pause');
      assert.deepEqual(await failing, { code: 'cancelled' });
      assert.deepEqual(play.writes, []);
      assert.deepEqual(play.changes.all, []);
    });

    it('while it looks at what is there, which may take a while', async () => {
      const removal = await begin().removing(await begin().cluster('carts-eu'), checkout);
      for (const [change, path] of [
        [removal, '/carts-eu'],
        [removal, '/users'],
        // Who rules there is asked last.
        [modes(true, false), '/users'],
      ] as const) {
        const hold = gate(({ method, address }) => method === 'GET' && address.endsWith(path));
        const play = begin({ door: hold.door });
        const failing = play.failure(play.listed('carts-eu'), change);
        await hold.reached;
        assert.equal(play.changes.all[0]?.cancellable, true);
        play.changes.cancel(1);
        assert.deepEqual(await failing, { code: 'cancelled' });
        assert.deepEqual(play.writes, []);
        hold.open();
      }
    });

    it('while it is written down that it begins', async () => {
      const { promise: written, resolve: write } = Promise.withResolvers<void>();
      const play = begin({ events: { changeStarted: () => written } });
      const failing = play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
      await until(() => play.changes.all[0]?.stage.what === 'sending');
      await sleep(50);
      play.changes.cancel(1);
      write();
      assert.deepEqual(await failing, { code: 'cancelled' });
      assert.deepEqual(play.writes, []);
    });

    it('while Azure makes it wait', async () => {
      for (const refused of [
        refusal(429, 'TooManyRequests', { 'retry-after': '3600' }),
        refusal(409, 'Conflict'),
      ]) {
        fault(always({ method: 'PUT', fault: refused }));
        const play = begin();
        const failing = play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
        await until(() => /throttled|clusterBusy/.test(play.changes.all[0]?.stage.what ?? ''));
        assert.equal(play.changes.all[0]?.cancellable, true);
        play.changes.cancel(1);
        assert.deepEqual(await failing, { code: 'cancelled' });
        assert.equal(carts().firewallRules.length, 1);
        azure().faults.clear();
      }
    });

    it('no more once it is being sent, or Azure has it', async () => {
      const sending = gate(isWrite);
      const accepted = gate(({ address }) => address.includes('AsyncOperation'));
      const play = begin({ door: (door) => sending.door(accepted.door(door)) });
      const made = play.make(play.listed('carts-eu'), rule('198.51.100.7'));
      for (const at of [sending, accepted]) {
        await at.reached;
        assert.equal(play.changes.all[0]?.cancellable, false);
        play.changes.cancel(1);
        at.open();
      }
      await made;
      assert.deepEqual(play.cancellable(1), ['queued', 'sending']);
      assert.equal(carts().firewallRules.length, 2);
    });

    it('no more between its halves, whatever the second one waits for', async () => {
      const play = begin();
      const cluster = await play.cluster('ledger');
      const change = await play.changing(cluster, kai, 'administrator');
      fault({ method: 'PUT', fault: refusal(429, 'TooManyRequests', { 'retry-after': '20' }) });
      fault({ method: 'PUT', fault: refusal(409, 'Conflict') });
      const made = play.make(cluster, change);
      await until(() => play.changes.all[0]?.stage.what === 'throttled');
      assert.equal(play.changes.all[0]?.cancellable, false);
      play.changes.cancel(1);
      await made;
      assert.deepEqual(play.cancellable(1), ['queued', 'sending']);
      assert.equal((await play.grantOf(cluster, kai)).role.name, 'administrator');

      const carts = await play.cluster('carts-eu');
      await play.make(carts, await play.adding(carts, sam, 'readOnly'));
      fault({ method: 'PUT', fault: refusal(429, 'TooManyRequests', { 'retry-after': '20' }) });
      await play.make(carts, await play.changing(carts, sam, 'administrator'));
      assert.ok(play.stages(3).includes('throttled'));
      assert.deepEqual(play.cancellable(3), ['queued', 'sending']);
    });
  });

  describe('asks for more proof of who the person is', () => {
    it('once, and goes on as the same change', async () => {
      const play = begin({ secondFactor: false });
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'administrator'));
      assert.deepEqual(play.stepUps, ['kai@contoso.com']);
      assert.deepEqual(play.stages(1), ['queued', 'sending', 'stepUp', 'sending', 'accepted', 'verifying']);
      assert.deepEqual(play.cancellable(1), ['queued', 'sending']);
      const interactive = play.stage.asked.filter((request) => request.interactive);
      assert.equal(interactive.length, 1);
      assert.match(interactive[0]?.challenge ?? '', /claims=/);
      const [first, second, ...more] = play.writes;
      assert.deepEqual(first, second);
      assert.deepEqual(more, []);
      assert.deepEqual(lines(play.record), ['started addGrant', 'ended done']);

      await play.make(cluster, await play.adding(cluster, robin, 'administrator'));
      assert.equal(play.stepUps.length, 1, 'and not for the next one');
    });

    it('once for both halves', async () => {
      const play = begin({ secondFactor: false });
      const cluster = await play.cluster('ledger');
      await play.make(cluster, await play.changing(cluster, kai, 'administrator'));
      assert.equal(play.stepUps.length, 1);
    });

    it('and is not made, when that is declined', async () => {
      const play = begin({
        secondFactor: false,
        token: (request, usual) => (request.interactive ? undefined : usual()),
      });
      const cluster = await play.cluster('carts-eu');
      const failure = await play.failure(cluster, await play.removing(cluster, checkout));
      const { tenant, account } = cluster.caller;
      const resource = audiences.resourceManager;
      assert.deepEqual(failure, { code: 'stepUpNeeded', tenant, account: account.id, resource });
      assert.equal(play.stepUps.length, 1);
      assert.equal(play.writes.length, 1);
      assert.ok(usersOf().includes(checkout.id));
      assert.deepEqual(endOf(play).ended, failure);
    });

    it('and ends as the asking ends', async () => {
      const play = begin({
        secondFactor: false,
        stepUp: () => Promise.reject(new Failure({ code: 'cancelled' })),
      });
      assert.deepEqual(await play.failure(play.listed('carts-eu'), rule('198.51.100.7')), {
        code: 'cancelled',
      });
      assert.equal(carts().firewallRules.length, 1);
    });

    it('not a second time, if what was given is not enough', async () => {
      fault(always({ method: 'PUT', fault: { kind: 'claimsChallenge' } }));
      const play = begin();
      const failure = await play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
      assert.equal(failure.code, 'stepUpNeeded');
      assert.equal(play.stepUps.length, 1);
    });
  });

  describe('is made of what is there when it is sent', () => {
    const ipRules = (...blocks: readonly string[]) =>
      blocks.map((ipAddressOrRange) => ({ ipAddressOrRange }));
    const catalog = () => inAzure(azure(), databaseAccounts, 'catalog').properties;

    it('though others changed that while the person proved who they are', async () => {
      const play: Playing = begin({
        secondFactor: false,
        async stepUp() {
          catalog()['ipRules'] = ipRules('192.0.2.1');
          await play.stage.tokens.interactive(
            play.listed('catalog').caller,
            play.stage.door.cloud.audiences.resourceManager,
          );
        },
      });
      await play.make(play.listed('catalog'), rule('203.0.113.7'));
      assert.deepEqual(catalog()['ipRules'], ipRules('192.0.2.1', '203.0.113.7'));
    });

    it('though others changed that while the cluster was busy', async () => {
      fault({ method: 'PATCH', fault: refusal(409, 'Conflict') });
      const play = begin();
      const made = play.make(play.listed('catalog'), rule('203.0.113.7'));
      await until(() => play.changes.all[0]?.stage.what === 'clusterBusy');
      catalog()['ipRules'] = ipRules('192.0.2.1');
      await made;
      assert.deepEqual(catalog()['ipRules'], ipRules('192.0.2.1', '203.0.113.7'));
    });

    it('and is not sent where it is so already', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      for (const change of [modes(true, true), await play.adding(cluster, kai, 'administrator')]) {
        await play.make(cluster, change);
        const end = endOf(play);
        assert.equal(end.ended, 'done');
        assert.ok(end.after !== undefined);
      }
      assert.deepEqual(play.writes, []);
      assert.deepEqual(lines(play.record).slice(0, 2), ['started setModes', 'ended done']);
    });
  });

  describe('that would lock people out by now is not made:', () => {
    const overtaken: FailureData = { code: 'overtaken' };

    it('another administrator was removed before its turn', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      const changes = [
        await play.removing(cluster, checkout),
        await play.removing(cluster, kai),
        await play.changing(cluster, kai, 'readOnly'),
      ];
      const [first, ...others] = changes.map((change) =>
        play.changes.make(cluster, change, '').then(
          () => 'done',
          (error: unknown) => (error as Failure).data,
        ),
      );
      assert.equal(await first, 'done');
      assert.deepEqual(await Promise.all(others), [overtaken, overtaken]);
      assert.deepEqual(usersOf(), ['dbadmin', kai.id]);
      assert.deepEqual([play.writes.length, play.commands.length], [1, 0]);
    });

    it('the last administrator went before the passwords did', async () => {
      const hold = gate(({ method, address }) => method === 'GET' && address.endsWith('/carts-eu'));
      const play = begin({ door: hold.door });
      const failing = play.failure(play.listed('carts-eu'), modes(true, false));
      await hold.reached;
      lose(kai);
      lose(checkout);
      hold.open();
      assert.deepEqual(await failing, overtaken);
      assert.deepEqual(play.writes, []);
      assert.deepEqual(lines(play.record), ['started setModes', 'ended overtaken']);
    });

    it('the other administrator went while the cluster was busy', async () => {
      fault({ method: 'DELETE', fault: refusal(409, 'Conflict'), times: 2 });
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      const failing = play.failure(cluster, await play.removing(cluster, checkout));
      await until(() => play.changes.all[0]?.stage.what === 'clusterBusy');
      lose(kai);
      assert.deepEqual(await failing, overtaken);
      assert.equal(play.writes.length, 1);
      assert.ok(usersOf().includes(checkout.id));
    });

    it('the other administrator is not one yet, or soon no more', async () => {
      const other = () => carts().users.find(({ name }) => name === kai.id)?.properties ?? assert.fail();
      for (const state of ['InProgress', 'Failed', 'Canceled', 'Dropping']) {
        other().provisioningState = state;
        const play = begin();
        const cluster = await play.cluster('carts-eu');
        assert.deepEqual(
          await play.failure(cluster, await play.removing(cluster, checkout)),
          overtaken,
          state,
        );
        const { role, roleId } = await play.grantOf(cluster, kai);
        assert.deepEqual([role, roleId], [{ name: 'custom', text: `root (${state})` }, undefined]);
      }
      for (const state of ['Succeeded', 'Updating', 'FailedOver', 'NeverDropping']) {
        other().provisioningState = state;
        const play = begin();
        const cluster = await play.cluster('carts-eu');
        assert.equal((await play.grantOf(cluster, kai)).role.name, 'administrator', state);
        await play.make(cluster, await play.removing(cluster, checkout));
        await play.make(cluster, await play.adding(cluster, checkout, 'administrator'));
      }
    });

    it('the other administrator left the directory', async () => {
      const play = begin({ gone: () => Promise.resolve([kai.id]) });
      const cluster = await play.cluster('carts-eu');
      assert.deepEqual(await play.failure(cluster, await play.removing(cluster, checkout)), overtaken);
      assert.deepEqual(play.asksGone, [[kai.id, checkout.id]]);
      assert.deepEqual(play.writes, []);
      // Of whom it cannot be said, it is not held against anybody.
      const silent = begin({ gone: () => Promise.reject(new Error('no consent')) });
      await silent.make(cluster, await silent.removing(cluster, checkout));
      assert.equal(silent.asksGone.length, 1);
    });

    it('PostgreSQL’s other administrator went', async () => {
      azure().organisation.behaviour.postgresTakesAuthConfig = true;
      const play = begin();
      const cluster = await play.cluster('ledger');
      assert.deepEqual(await play.failure(cluster, modes(true, false)), overtaken, 'there never was one');
      const { roles } = inAzure(azure(), serverGroups, 'ledger');
      for (const one of roles) one.properties.roleType = 'admin';
      const removal = await play.removing(cluster, kai);
      const other = roles.find(({ name }) => name === 'nightly_export') ?? assert.fail();
      other.properties.provisioningState = 'Failed';
      assert.deepEqual(await play.failure(cluster, removal), overtaken);
      other.properties.provisioningState = 'Succeeded';
      await play.make(cluster, removal);
    });

    it('but what is half done is done to its end', async () => {
      const { roles } = inAzure(azure(), serverGroups, 'ledger');
      for (const one of roles) one.properties.roleType = 'admin';
      const play = begin();
      const cluster = await play.cluster('ledger');
      fault({ method: 'PUT', fault: refusal(409, 'Conflict') });
      const made = play.make(cluster, await play.changing(cluster, kai, 'user'));
      await until(() => play.changes.all[0]?.stage.what === 'clusterBusy');
      for (const one of roles) one.properties.roleType = 'user';
      await made;
      assert.equal((await play.grantOf(cluster, kai)).role.name, 'user');
    });

    it('what takes nothing from an administrator is made', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'readOnly'));
      const removal = await play.removing(cluster, sam);
      lose(checkout);
      await play.make(cluster, removal, rule('198.51.100.7'), modes(false, true));
    });
  });

  describe('that Azure takes on and cannot make', () => {
    const broken: FailureData = {
      code: 'operationFailed',
      serviceCode: 'QuotaOfPeople',
      message: 'Not today.',
    };
    const fail = (): void =>
      fault({ fault: { kind: 'failedOperation', code: 'QuotaOfPeople', message: 'Not today.' } });

    it('fails with the service’s own words, though what was not made is there to be seen', async () => {
      const play = begin();
      const carts = await play.cluster('carts-eu');
      const ledger = await play.cluster('ledger');
      const catalog = await play.cluster('catalog');
      const wishes = [
        [carts, await play.adding(carts, sam, 'administrator')],
        [carts, rule('198.51.100.7')],
        [carts, modes(true, false)],
        [ledger, rule('198.51.100.7')],
        [catalog, await play.adding(catalog, sam, 'dataReader')],
        [catalog, modes(true, false)],
        [carts, await play.removing(carts, checkout)],
        [ledger, await play.removing(ledger, nightly)],
      ] as const;
      for (const [cluster, change] of wishes) {
        fail();
        assert.deepEqual(await play.failure(cluster, change), broken, `${cluster.name} ${change.what}`);
        assert.deepEqual(endOf(play).ended, broken);
        assert.equal(endOf(play).ids.length, 1, 'Azure knows it by this');
      }
      // Whoever tries again is not told that it is so already.
      for (const [cluster, change] of wishes) await play.make(cluster, change);
      assert.equal(play.writes.length, 2 * wishes.length);
      assert.equal((await play.grantOf(carts, sam)).role.name, 'administrator');
    });

    it('leaves one who could not be made with that for a role, who may be removed again', async () => {
      const play = begin();
      const carts = await play.cluster('carts-eu');
      const ledger = await play.cluster('ledger');
      for (const [cluster, change, text] of [
        [carts, await play.adding(carts, sam, 'administrator'), 'root (Failed)'],
        [ledger, await play.adding(ledger, sam, 'administrator', { alias: 'sam' }), 'admin (Failed)'],
      ] as const) {
        fail();
        await play.failure(cluster, change);
        const grant = await play.grantOf(cluster, sam);
        assert.deepEqual([grant.role, grant.roleId], [{ name: 'custom', text }, undefined]);
        assert.deepEqual(
          (await play.rules(cluster.name)).filter(({ name }) => name === 'home'),
          [],
        );
        await play.make(cluster, { what: 'removeGrant', grant });
        assert.ok(!(await play.grants(cluster)).some(({ id }) => id === grant.id));
      }
    });
  });

  describe('that Azure says nothing of', () => {
    it('though it came true, is looked at before it is called a failure', async () => {
      // The operation ends by itself, whoever asks.
      azure().organisation.behaviour.operationMs = 0;
      const play = begin({ door: losing(isWrite) });
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, rule('198.51.100.7'));
      assert.deepEqual(pauses, [1000, 3000, 9000]);
      assert.equal(endOf(play).ended, 'done');
      assert.equal(play.writes.length, 4);
      const tries = ['unreachable', 'sending', 'unreachable', 'sending', 'unreachable', 'sending'];
      assert.deepEqual(play.stages(1), ['queued', 'sending', ...tries]);
      assert.deepEqual(play.cancellable(1), ['queued', 'sending']);
      await play.make(cluster, await play.removing(cluster, checkout), modes(false, true));
      assert.deepEqual(endOf(play).after, { modes: { entra: 'off', native: 'on', other: [] } });
      assert.ok(!usersOf().includes(checkout.id));
    });

    it('because the connection broke, comes true', async () => {
      azure().organisation.behaviour.operationMs = 0;
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      for (const method of ['PUT', 'DELETE', 'PATCH']) fault({ method, fault: { kind: 'drop' }, times: 2 });
      await play.make(
        cluster,
        await play.adding(cluster, sam, 'administrator'),
        await play.removing(cluster, checkout),
        modes(false, true),
      );
      assert.deepEqual(usersOf(), ['dbadmin', kai.id, sam.id]);
      assert.deepEqual(carts().properties.authConfig.allowedModes, ['NativeAuth']);
      // Sent once at a time, where a person sees that it is tried again.
      assert.ok(play.stages(1).includes('unreachable'));
    });

    it('for a moment, is sent again', async () => {
      const play = begin({ door: losing(isWrite, 1) });
      const cluster = await play.cluster('carts-eu');
      azure().organisation.behaviour.operationMs = 0;
      await play.make(cluster, await play.adding(cluster, sam, 'administrator'));
      assert.deepEqual(play.stages(1), [
        'queued',
        'sending',
        'unreachable',
        'sending',
        'accepted',
        'verifying',
      ]);
    });

    it('but that it is not well, is sent three times more', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      for (const status of [500, 502, 503]) fault({ method: 'DELETE', fault: refusal(status, 'Passing') });
      const removal = await play.removing(cluster, checkout);
      await play.make(cluster, removal);
      assert.ok(!usersOf().includes(checkout.id));
      fault(always({ method: 'PUT', fault: refusal(500, 'internal_server_error') }));
      const failure = await play.failure(cluster, rule('198.51.100.8'));
      assert.deepEqual(failure, says(500, 'internal_server_error'));
      assert.equal(play.writes.length, 4 + 4);
      assert.equal(carts().firewallRules.length, 1);
    });

    it('has for each thing that it waits for a patience of its own', async () => {
      for (let count = 0; count < 4; count++) fault({ method: 'PUT', fault: refusal(409, 'Conflict') });
      for (let count = 0; count < 3; count++) fault({ method: 'PUT', fault: refusal(500, 'Passing') });
      for (let count = 0; count < 2; count++)
        fault({ method: 'PUT', fault: refusal(429, 'TooMany', { 'retry-after': '2' }) });
      fault({ method: 'PUT', fault: refusal(409, 'Conflict') });
      const play = begin();
      await play.make(play.listed('carts-eu'), rule('198.51.100.7'));
      assert.deepEqual(pauses.slice(0, 10), [1000, 2000, 4000, 8000, 1000, 3000, 9000, 2000, 2000, 15_000]);
    });

    it('while it is followed, is asked again, and in the end sent again', async () => {
      fault({ method: 'GET', path: 'AsyncOperation', fault: refusal(500, 'Passing'), times: 5 });
      azure().organisation.behaviour.operationMs = 150;
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'administrator'));
      assert.equal(endOf(play).ended, 'done');
      assert.equal((await play.grantOf(cluster, sam)).role.name, 'administrator');
      assert.deepEqual(play.cancellable(1), ['queued', 'sending']);
    });

    it('in a database, is looked at before it is called a failure', async () => {
      const { faults } = azure().gateways.get('carts-eu') ?? assert.fail();
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      faults.drop({ command: 'createUser' });
      const failure = await play.failure(cluster, await play.adding(cluster, sam, 'readOnly'));
      assert.ok(failure.code === 'databaseUnreachable' && failure.cause === 'cut');
      assert.equal(endOf(play).isOpen, true);
      const losingAll = begin({
        database: (usual) => ({
          signIn: (at) => usual.signIn(at),
          async command(at, command, signal) {
            const answer = await usual.command(at, command, signal);
            if ('createUser' in command) throw new Failure(failure);
            return answer;
          },
        }),
      });
      await losingAll.make(cluster, await losingAll.adding(cluster, sam, 'readOnly'));
      assert.equal(endOf(losingAll).ended, 'done');
      assert.equal(losingAll.commands.length, 1, 'a command is not given twice');
    });

    it('but a host of somebody else’s, is not followed there', async () => {
      const stranger = await startWitness(() => ({ status: 200, body: { status: 'Succeeded' } }));
      const headers = { 'azure-asyncoperation': `${stranger.origin}/o?s=signature` };
      fault({ method: 'PUT', fault: { kind: 'status', status: 202, headers } });
      const play = begin();
      try {
        const failure = await play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
        assert.deepEqual(failure, { code: 'hostRefused', host: new URL(stranger.origin).host });
        assert.equal(endOf(play).isOpen, true);
        assert.equal(stranger.connections, 0);
      } finally {
        await stranger.close();
      }
    });

    for (const [when, isLeft] of [
      ['while Azure has it in hand', () => true],
      ['when it is to be read back', (body: unknown) => /"Succeeded"/.test(JSON.stringify(body))],
    ] as const)
      it(`that stays lost ${when}, says that nobody knows`, async () => {
        const left = new Failure({ code: 'signedOut', account: 'kai@contoso.com' });
        azure().organisation.behaviour.operationMs = 150;
        let isGone = false;
        const play = begin({
          door: (door) => ({
            ...door,
            async exchange(call) {
              if (isGone) throw left;
              const answer = await door.exchange(call);
              isGone = isWrite(call)
                ? isLeft(undefined)
                : isLeft(answer.body) && call.address.includes('AsyncOperation');
              return answer;
            },
          }),
        });
        assert.deepEqual(await play.failure(play.listed('carts-eu'), rule('198.51.100.7')), left.data);
        assert.deepEqual([endOf(play).isOpen, endOf(play).ids.length], [true, 1]);
      });

    it('but that something is not there, fails where it was not to be removed', async () => {
      const { faults } = azure().gateways.get('carts-eu') ?? assert.fail();
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      fault({ method: 'PUT', fault: refusal(404, 'ResourceNotFound') });
      assert.equal((await play.failure(cluster, rule('198.51.100.7'))).code, 'notFound');
      assert.equal(endOf(play).isOpen, false);
      faults.fail(11, { command: 'createUser' });
      const failure = await play.failure(cluster, await play.adding(cluster, sam, 'readOnly'));
      assert.ok(failure.code === 'database' && failure.serverCode === 11);
      assert.equal(endOf(play).isOpen, false);
    });

    it('to who may not, fails with Azure’s reason, and leaves no secret in it', async () => {
      const play = begin({ people: ['devon@contoso.com'] });
      const cluster = await play.cluster('carts-eu');
      const error: unknown = await play.changes
        .make(cluster, rule('198.51.100.7'), '')
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof Failure && error.data.code === 'forbidden');
      assert.match(error.data.message, /devon@contoso.com.*firewallRules\/write/);
      for (const part of play.stage.issued.flatMap((token) => token.split('.')))
        assert.ok(!printed(error).includes(part));
      assert.equal(play.writes.length, 1);
      assert.deepEqual(pauses, []);
    });
  });

  describe('is believed when it is read back', () => {
    it('from where it is kept, and nowhere else', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      const change = await play.adding(cluster, sam, 'readOnly');
      const reads = sent(azure(), /users$/).length;
      await play.make(cluster, change);
      assert.equal(sent(azure(), /users$/).length, reads);
      const asked = azure().gateways.get('carts-eu')?.commands.length;
      await play.make(cluster, await play.adding(cluster, nightly, 'administrator'));
      assert.equal(azure().gateways.get('carts-eu')?.commands.length, asked);
    });

    it('though the database lists who is an administrator by then', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'readOnly'));
      const removal = await play.removing(cluster, sam);
      await play.make(cluster, await play.adding(cluster, sam, 'administrator'), removal);
      assert.equal(endOf(play).ended, 'done');
      assert.ok(usersOf().includes(sam.id));
    });

    it('under the names that the cluster had', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      const known = { ...cluster, id: cluster.id.toUpperCase(), key: 'its key' };
      const { id, key, modes: read } = await readCluster(play.stage.door, known);
      assert.deepEqual([id, key, read], [known.id, known.key, cluster.modes]);
    });

    /** Resource Manager shows a cluster as it was, so many times after it was changed. */
    const late = (times: number) => {
      let changed = false;
      let left = times;
      let old: Awaited<ReturnType<Door['exchange']>> | undefined;
      return (door: Door): Door => ({
        ...door,
        async exchange(call) {
          const isRead = call.method === 'GET' && call.address.endsWith('/carts-eu');
          if (isWrite(call)) changed = true;
          if (isRead && changed && left-- > 0) return old ?? assert.fail();
          const answer = await door.exchange(call);
          if (isRead) old = answer;
          return answer;
        },
      });
    };

    it('which may be a moment later', async () => {
      const play = begin({ door: late(3) });
      await play.make(play.listed('carts-eu'), modes(false, true));
      assert.deepEqual(pauses.slice(-3), [2000, 2000, 2000]);
      assert.deepEqual(endOf(play).after, { modes: { entra: 'off', native: 'on', other: [] } });
    });

    it('and not for ever later: then Azure has ignored it', async () => {
      const play = begin({ door: late(4) });
      assert.deepEqual(await play.failure(play.listed('carts-eu'), modes(false, true)), { code: 'ignored' });
      const postgres = begin();
      const cluster = await postgres.cluster('ledger');
      const { roles } = inAzure(azure(), serverGroups, 'ledger');
      for (const one of roles) one.properties.roleType = 'admin';
      assert.deepEqual(await postgres.failure(cluster, modes(true, false)), { code: 'ignored' });
      assert.deepEqual(postgres.stages(1), ['queued', 'sending', 'accepted', 'verifying']);
      assert.deepEqual(endOf(postgres).after, { modes: { entra: 'on', native: 'on', other: [] } });
      assert.equal(endOf(postgres).ids.length, 1);
    });

    it('though that did not succeed at first', async () => {
      const door =
        (failures: number) =>
        (usual: Door): Door => {
          let changed = false;
          let left = failures;
          return {
            ...usual,
            exchange(call) {
              if (isWrite(call)) changed = true;
              if (changed && call.address.endsWith('/carts-eu') && call.method === 'GET' && left-- > 0)
                throw new Failure({ code: 'unreachable', host: 'azure', detail: '' });
              return usual.exchange(call);
            },
          };
        };
      const play = begin({ door: door(3) });
      await play.make(play.listed('carts-eu'), modes(false, true));
      assert.equal(endOf(play).ended, 'done');
      const blind = begin({ door: door(4) });
      const failure = await blind.failure(blind.listed('carts-eu'), modes(true, true));
      assert.equal(failure.code, 'unreachable');
    });
  });

  it('tells no password that the service repeats when it refuses it', async () => {
    const password = 'Plain "words" only';
    const play = begin();
    const cluster = await play.cluster('orders-eu');
    const message = `The value '${password}' is too simple.`;
    const body = { error: { code: 'InvalidPassword', message } };
    fault({ method: 'PATCH', fault: { kind: 'status', status: 400, body } });
    const administrator = { userName: 'dbadmin', password };
    const change: Change = { what: 'setModes', entra: true, native: true, administrator };
    const error: unknown = await play.make(cluster, change).then(
      () => assert.fail('should have failed'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Failure && error.code === 'service', printed(error));
    assert.ok(!printed(error).includes('words'), printed(error));
    assert.match(printed(error), /The value '\[secret\]' is too simple/);
  });

  describe('of a role whose second half fails', () => {
    it('says so on DocumentDB, and to make it again completes it', async () => {
      const { faults } = azure().gateways.get('carts-eu') ?? assert.fail();
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'administrator'));
      const change = await play.changing(cluster, sam, 'readOnly');
      faults.fail(8000, { command: 'createUser', message: 'Not now.' });
      const failure = await play.failure(cluster, change);
      assert.ok(failure.code === 'halfDone' && failure.reason.code === 'database');
      assert.deepEqual([failure.reason.serverCode, failure.reason.message], [8000, 'Not now.']);
      assert.ok(!usersOf().includes(sam.id));
      assert.deepEqual(endOf(play).after, { grants: [] });
      await play.make(cluster, change);
      assert.equal((await play.grantOf(cluster, sam)).role.name, 'readOnly');

      const back = await play.changing(cluster, sam, 'administrator');
      fault({ method: 'PUT', fault: refusal(403, 'AuthorizationFailed') });
      const refused = await play.failure(cluster, back);
      assert.ok(refused.code === 'halfDone' && refused.reason.code === 'forbidden');
      await play.make(cluster, back);
      assert.equal((await play.grantOf(cluster, sam)).role.name, 'administrator');
    });

    it('says so on PostgreSQL, and to make it again completes it', async () => {
      const play = begin();
      const cluster = await play.cluster('ledger');
      const change = await play.changing(cluster, kai, 'administrator');
      fault({ method: 'PUT', fault: refusal(400, 'BadRequest') });
      assert.deepEqual(await play.failure(cluster, change), {
        code: 'halfDone',
        left: 'nothing',
        reason: says(400, 'BadRequest'),
      });
      assert.ok(!inAzure(azure(), serverGroups, 'ledger').roles.some(({ name }) => name === 'kai.carter'));
      await play.make(cluster, change);
      assert.equal((await play.grantOf(cluster, kai)).role.name, 'administrator');
    });

    it('says so of an account, where they have both roles then', async () => {
      const play = begin();
      const cluster = await play.cluster('catalog');
      const change = await play.changing(cluster, kai, 'dataReader');
      fault({ method: 'DELETE', fault: refusal(400, 'BadRequest') });
      assert.deepEqual(await play.failure(cluster, change), {
        code: 'halfDone',
        left: 'both',
        reason: says(400, 'BadRequest'),
      });
      const mine = async () =>
        (await play.grants(cluster)).flatMap(({ holder, role }) =>
          holder.state === 'entra' && holder.principal.objectId === kai.id ? [role.name] : [],
        );
      assert.deepEqual((await mine()).toSorted(), ['dataContributor', 'dataReader']);
      await play.make(cluster, change);
      assert.deepEqual(await mine(), ['dataReader']);
    });

    it('or whose first half nobody confirmed, says so too', async () => {
      azure().organisation.behaviour.operationMs = 0;
      const play = begin({ door: losing(({ method }) => method === 'DELETE') });
      const cluster = await play.cluster('ledger');
      const failure = await play.failure(cluster, await play.changing(cluster, kai, 'administrator'));
      assert.ok(failure.code === 'halfDone' && failure.reason.code === 'unreachable');
    });

    it('and not, if its first half fails: then nothing is done', async () => {
      const play = begin();
      const cluster = await play.cluster('ledger');
      const change = await play.changing(cluster, kai, 'administrator');
      fault({ method: 'DELETE', fault: refusal(400, 'BadRequest') });
      assert.deepEqual(await play.failure(cluster, change), says(400, 'BadRequest'));
      fault({ fault: { kind: 'failedOperation', code: 'X', message: 'x' } });
      assert.equal((await play.failure(cluster, change)).code, 'operationFailed');
      assert.equal((await play.grantOf(cluster, kai)).role.name, 'user');
      fault({ method: 'DELETE', fault: refusal(400, 'BadRequest') });
      fault({ method: 'GET', path: '/roles$', fault: refusal(403, 'AuthorizationFailed'), after: 2 });
      assert.deepEqual(
        await play.failure(cluster, change),
        says(400, 'BadRequest'),
        'nor where one cannot look',
      );
    });

    it('is given where they had the other, though they have it elsewhere', async () => {
      const play = begin();
      const cluster = await play.cluster('catalog');
      const change = await play.changing(cluster, reporting, 'dataContributor');
      await play.make(cluster, await play.adding(cluster, reporting, 'dataContributor', { scope: 'search' }));
      assert.ok(change.what === 'changeRole');
      await play.make(cluster, { what: 'removeGrant', grant: change.grant }, change);
      const theirs = (await play.grants(cluster)).flatMap(({ holder, role, scope }) =>
        holder.state === 'entra' && holder.principal.objectId === reporting.id
          ? [`${role.name} ${scope}`]
          : [],
      );
      assert.deepEqual(theirs.toSorted(), ['dataContributor search', 'dataContributor shop']);
    });

    it('is not done while the old one is there, whatever that is', () => {
      const grant = (id: string, roleId: string | undefined): Grant => ({
        id,
        holder: { state: 'native', name: 'x' },
        role: { name: 'unknown' },
        roleId,
        scope: undefined,
        keptIn: 'resourceManager',
      });
      const to = (old: Grant): Change => ({
        what: 'changeRole',
        grant: old,
        role: { role: { name: 'readOnly' }, id: 'new', keptIn: 'database' },
      });
      for (const roleId of ['old', undefined]) {
        const old = grant('/1', roleId);
        assert.ok(!holds(to(old), { grants: [old] }));
        assert.ok(!holds(to(old), { grants: [old, grant('/2', 'new')] }));
        assert.ok(!holds(to(old), { grants: [] }));
        assert.ok(holds(to(old), { grants: [grant('/2', 'NEW')] }));
        assert.ok(holds(to(old), { grants: [grant('/1', 'new')] }));
      }
    });

    it('is done, if one of two that are alike is gone', async () => {
      const { children } = inAzure(azure(), databaseAccounts, 'catalog');
      const [first = assert.fail()] = children['sqlRoleAssignments'] ?? [];
      children['sqlRoleAssignments']?.push({ ...structuredClone(first), name: syntheticId('a5516000', 99) });
      const play = begin();
      const cluster = await play.cluster('catalog');
      await play.make(cluster, await play.changing(cluster, kai, 'dataReader'));
      const roles = (await play.grants(cluster)).filter(
        ({ holder }) => holder.state === 'entra' && holder.principal.objectId === kai.id,
      );
      assert.deepEqual(roles.map(({ role }) => role.name).toSorted(), ['dataContributor', 'dataReader']);
    });
  });

  describe('is written down', () => {
    it('before anything of it is sent, by whom and about whom, and at its end with what Azure calls it', async () => {
      const play = begin();
      const cluster = await play.cluster('ledger');
      const change = await play.changing(cluster, kai, 'administrator');
      await play.changes.make(cluster, change, 'Kai Carter');
      const [start, end, ...more] = play.record;
      assert.deepEqual(more, []);
      assert.ok(start !== undefined && 'started' in start && end !== undefined && 'ended' in end);
      assert.deepEqual([start.started, start.who, start.me, start.writes], [change, 'Kai Carter', kai.id, 0]);
      const roleNames = (seen: unknown): unknown =>
        (seen as { grants: { role: { name: string } }[] }).grants.map(({ role }) => role.name);
      assert.deepEqual(
        [roleNames(start.before), end.ended, roleNames(end.after)],
        [['user'], 'done', ['administrator']],
      );
      const events = play.stage.events as { method?: string; status?: unknown; correlationId?: string }[];
      const accepted = events.flatMap(({ method, correlationId }) =>
        method === 'PUT' || method === 'DELETE' ? [correlationId] : [],
      );
      assert.deepEqual(end.ids, accepted);
      assert.equal(new Set(end.ids).size, 2);
    });

    it('to its end, before anything is sent', async () => {
      const { promise: written, resolve: write } = Promise.withResolvers<string>();
      const ends: unknown[] = [];
      const play = begin({
        events: { changeStarted: () => written, changeEnded: (started) => ends.push(started) },
      });
      const made = play.make(play.listed('carts-eu'), rule('198.51.100.7'));
      await until(() => play.changes.all[0]?.stage.what === 'sending');
      await sleep(60);
      assert.deepEqual(play.writes, []);
      write('line 1');
      await made;
      assert.deepEqual(ends, ['line 1']);
    });

    it('or nothing is sent at all', async () => {
      const play = begin({ events: { changeStarted: () => Promise.reject(new Error('no disk')) } });
      await assert.rejects(play.changes.make(play.listed('carts-eu'), rule('198.51.100.7'), ''), /no disk/);
      assert.deepEqual(play.writes, []);
      assert.deepEqual(play.changes.all, []);
    });

    it('when it failed before it began, and without knowing who it was', async () => {
      fault({ method: 'GET', path: '/carts-eu$', fault: refusal(403, 'AuthorizationFailed') });
      const play = begin({ me: () => Promise.reject(new Error('nobody says')) });
      const failure = await play.failure(play.listed('carts-eu'), rule('198.51.100.7'));
      assert.equal(failure.code, 'forbidden');
      const [start, end] = play.record;
      assert.ok(start !== undefined && 'started' in start && end !== undefined && 'ended' in end);
      assert.deepEqual([start.me, start.before, end.ended], [undefined, undefined, failure]);
      assert.deepEqual([end.after, end.ids], [undefined, []]);
    });

    it('and nobody is named where it is about nobody', async () => {
      const play = begin();
      await play.changes.make(play.listed('carts-eu'), modes(false, true), '');
      const [start] = play.record;
      assert.ok(start !== undefined && 'started' in start);
      assert.equal(start.who, undefined);
    });
  });

  describe('tells how it gets on', () => {
    it('whenever there is something new, of its cluster alone, until it is over', async () => {
      const play = begin();
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, rule('198.51.100.7'));
      assert.deepEqual(new Set(play.told), new Set([cluster.key]));
      // Queued, looking, sending, accepted, verifying, over.
      assert.equal(play.told.length, 6);
      assert.deepEqual(play.changes.under(cluster.key), []);
      assert.deepEqual(
        play.operations(1).map(({ stage }) => stage.what),
        ['queued', 'sending', 'sending', 'accepted', 'verifying'],
      );
      const other = await play.cluster('reviews-eu');
      fault({ method: 'PUT', fault: refusal(400, 'BadRequest') });
      const told = play.told.length;
      await play.failure(other, rule('198.51.100.7'));
      assert.deepEqual(new Set(play.told.slice(told)), new Set([other.key]));
      assert.deepEqual(play.changes.all, []);
    });

    it('with what it is, and whom it is about', async () => {
      const hold = gate(isWrite);
      const play = begin({ door: hold.door, clock: { now: () => 4711 } });
      const cluster = await play.cluster('carts-eu');
      const made = play.changes.make(cluster, rule('198.51.100.7'), 'office');
      await hold.reached;
      assert.deepEqual(play.changes.under(cluster.key), [
        {
          id: 1,
          cluster,
          change: rule('198.51.100.7'),
          who: 'office',
          stage: { what: 'sending' },
          startedAt: 4711,
          tookLast: undefined,
          cancellable: false,
        },
      ]);
      assert.deepEqual(play.changes.under('of another'), []);
      hold.open();
      await made;
    });

    it('and how long the last one of its kind took, once it was its turn', async () => {
      let now = 1000;
      const hold = gate((call) => isWrite(call) && call.address.includes('carts-eu'));
      const play = begin({
        clock: { now: () => now },
        door: (door) =>
          hold.door({
            ...door,
            async exchange(call) {
              if (isWrite(call)) now += call.address.includes('/b') ? 7 : 40;
              return door.exchange(call);
            },
          }),
      });
      const tookLast = (id: number) => play.operations(id)[0]?.tookLast;
      const [carts, reviews, ledger] = await Promise.all(
        ['carts-eu', 'reviews-eu', 'ledger'].map((name) => play.cluster(name)),
      );
      assert.ok(carts !== undefined && reviews !== undefined && ledger !== undefined);
      const first = play.make(carts, rule('198.51.100.7'));
      await hold.reached;
      const second = play.make(carts, rule('198.51.100.8', undefined, 'b'));
      now += 100_000;
      hold.open();
      await first;
      await second;
      await play.make(reviews, rule('198.51.100.7', undefined, 'b'));
      await play.make(ledger, rule('198.51.100.7'));
      await play.make(carts, { ...rule('198.51.100.7'), what: 'removeRule' });
      assert.deepEqual(
        [tookLast(1), tookLast(2), tookLast(3), tookLast(4), tookLast(5)],
        [undefined, undefined, 7, undefined, undefined],
      );

      // Neither what failed nor what was so already took any time worth telling.
      fault({ method: 'PUT', fault: refusal(400, 'BadRequest') });
      await play.failure(ledger, rule('198.51.100.9', undefined, 'c'));
      await play.make(ledger, rule('198.51.100.7'));
      await play.make(ledger, rule('198.51.100.9', undefined, 'c'));
      assert.deepEqual([tookLast(6), tookLast(7), tookLast(8)], [40, 40, 40]);
    });
  });
});
