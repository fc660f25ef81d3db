import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { resolverOf } from '../../src/core/sessions/hosts.ts';
import type { Address } from '../../src/core/sessions/hosts.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import {
  asked,
  azure,
  begin,
  clusterAt,
  gateway,
  holdsNoToken,
  host,
  localCloud,
  member,
  names,
  onSessions,
  openings,
  ping,
  refusal,
  refused,
  resource,
  suffix,
  userIn,
  whoAmI,
} from './sessionStage.ts';
import { printed, sent, until } from './stage.ts';
import { leadTo, startStranger } from './stranger.ts';

const { kai, robin } = samplePeople();

describe('MongoDB sessions:', () => {
  onSessions();

  describe('a session', () => {
    it('runs commands as the person, by the address that Resource Manager gives, without a password', async () => {
      const { sessions, cluster, stage } = begin();
      assert.equal(userIn(await sessions.command(cluster, whoAmI)), kai.id);
      const users = await sessions.command(cluster, { usersInfo: 1 });
      assert.ok(Array.isArray(users['users']));
      assert.deepEqual(
        stage.asked.map(({ resource, interactive, caller }) => [resource, interactive, caller.tenant]),
        [['https://ossrdbms-aad.database.windows.net', false, cluster.caller.tenant]],
      );
      assert.equal(openings(), 1);
    });

    it('asks Resource Manager for the address of a cluster that comes from a list', async () => {
      const { sessions, stage } = begin();
      await stage.discovery.refresh();
      const row = stage.cluster('orders-eu');
      assert.equal(row.resource.properties['connectionString'], undefined);
      const before = sent(azure(), /^GET .*mongoClusters\/orders-eu$/i).length;
      await sessions.command(row, ping);
      await sessions.command(row, ping);
      assert.equal(sent(azure(), /^GET .*mongoClusters\/orders-eu$/i).length, before + 1);
    });

    it('says so when Azure names no address', async () => {
      const play = begin();
      resource().properties.clusterStatus = 'Provisioning';
      const { resource: known, ...rest } = play.cluster;
      const bare = { ...rest, resource: { ...known, properties: {} } };
      assert.deepEqual(await refusal(play, play.sessions.command(bare, ping)), {
        code: 'databaseUnreachable',
        host: 'orders-eu',
        detail: '',
        cause: 'noAddress',
      });
    });

    it('is one for all who want it at the same time, and after that', async () => {
      const { sessions, cluster, stage } = begin();
      await Promise.all([sessions.command(cluster, ping), sessions.command(cluster, whoAmI)]);
      await sessions.command(cluster, ping);
      assert.equal(openings(), 1);
      assert.equal(stage.asked.length, 1);
    });

    it('is another for another person', async () => {
      const { sessions, stage, cluster: own } = begin({ people: ['kai@contoso.com', 'alex@contoso.com'] });
      const other = { ...own.caller, account: stage.accounts[1] ?? assert.fail() };
      const theirs = clusterOfResource(own.resource, other, true) ?? assert.fail();
      const [one, two] = await Promise.all([own, theirs].map((each) => sessions.command(each, whoAmI)));
      assert.notEqual(userIn(one), userIn(two));
    });

    it('is closed when nobody has used it for a while, and opened again when somebody does', async () => {
      const { sessions, cluster } = begin({ limits: { idle: 50 } });
      await sessions.command(cluster, ping);
      assert.equal(asked('endSessions').length, 0);
      await until(() => asked('endSessions').length === 1);
      await sessions.command(cluster, ping);
      assert.equal(openings(), 2);
    });

    it('is not closed while it works, however long that takes', async () => {
      const { sessions, cluster } = begin({ limits: { idle: 20 } });
      await sessions.command(cluster, ping);
      gateway().faults.delay(150, 'ping');
      await sessions.command(cluster, ping);
      assert.equal(openings(), 1);
    });

    it('ends when it is to be forgotten, with all that it was doing', async () => {
      const play = begin();
      await play.sessions.command(play.cluster, ping);
      gateway().faults.delay(5000, 'ping');
      const slow = refusal(play, play.sessions.command(play.cluster, ping));
      await sleep(50);
      await play.sessions.forget('of another');
      assert.equal(asked('endSessions').length, 0);
      await play.sessions.forget(play.cluster.key);
      assert.deepEqual(await slow, { code: 'cancelled' });
      gateway().faults.clear();
      await play.sessions.command(play.cluster, ping);
      assert.equal(openings(), 2);
    });
  });

  describe('a session that somebody opened', () => {
    it('says who they are there, and what they may', async () => {
      const { sessions, cluster } = begin();
      const state = await sessions.open(cluster);
      assert.deepEqual(state.who, { objectId: kai.id, role: { name: 'administrator' } });
      assert.deepEqual([state.state, state.reach], ['open', 'own']);
      assert.ok((state.tokenEnd ?? 0) > Date.now() + 60_000);
      assert.deepEqual(
        sessions.all.map(({ cluster: { key } }) => key),
        [cluster.key],
      );
    });

    for (const [names_, role] of [
      [['readAnyDatabase'], 'readOnly'],
      [['clusterAdmin', 'readWriteAnyDatabase'], 'readWrite'],
    ] as const) {
      it(`is ${role} with ${names_.join(' and ')}`, async () => {
        const { sessions, cluster } = begin();
        const roles = names_.map((one) => ({ role: one, db: 'admin' }));
        const identity = { type: 'MicrosoftEntraID', properties: { principalType: 'user' } };
        const customData = { IdentityProvider: identity };
        await sessions.command(cluster, { createUser: robin.id, roles, customData });
        const play = begin({ people: ['robin@contoso.com'] });
        const { who } = await play.sessions.open(play.cluster);
        assert.deepEqual(who, { objectId: robin.id, role: { name: role } });
      });
    }

    it('is not known by a gateway that says nothing', async () => {
      const { sessions, cluster } = begin();
      azure().organisation.behaviour.hidesUsers = true;
      assert.equal((await sessions.open(cluster)).who, undefined);
    });

    it('stays when nobody uses it, until it is closed', async () => {
      const { sessions, cluster } = begin({ limits: { idle: 20 } });
      await sessions.open(cluster);
      await sleep(120);
      assert.equal(sessions.of(cluster.key)?.state, 'open');
      assert.equal(asked('endSessions').length, 0);
      await sessions.forget(cluster.key);
      assert.equal(sessions.of(cluster.key), undefined);
      await until(() => asked('endSessions').length === 1);
    });

    it('is none where it could not be opened', async () => {
      const play = begin({ people: ['robin@contoso.com'] });
      await refusal(play, play.sessions.open(play.cluster));
      assert.equal(play.sessions.of(play.cluster.key), undefined);
      assert.deepEqual(play.sessions.all, []);
    });

    it('is there before it is open, so that work need not wait for who one is', async () => {
      const { sessions, cluster } = begin();
      gateway().faults.hang('connectionStatus');
      const opening = sessions.open(cluster);
      assert.equal(sessions.of(cluster.key)?.state, 'opening');
      // Nobody says yet who one is.
      await sessions.command(cluster, ping);
      gateway().faults.clear();
      await opening;
      assert.equal(openings(), 1);
    });

    it('is what the Access list opened, where there is that', async () => {
      const { sessions, cluster } = begin({ limits: { idle: 20 } });
      await sessions.command(cluster, ping);
      assert.deepEqual(sessions.all, [], 'nobody opened that');
      assert.equal(sessions.of(cluster.key), undefined);
      await sessions.open(cluster);
      await sleep(100);
      assert.equal(openings(), 1);
      assert.equal(sessions.all.length, 1);
    });

    it('goes by the name that leads to the writable region, if that is wanted', async () => {
      const { sessions, cluster } = begin();
      await sessions.open(cluster, 'global');
      const asks = (name: string) => names().questions.includes(`_mongodb._tcp.${name}`);
      assert.ok(asks(`orders-eu.global.${suffix}`));
      assert.equal(sessions.of(cluster.key)?.reach, 'global');
      await sessions.command(cluster, ping);
      await sessions.open(cluster);
      assert.equal(sessions.of(cluster.key)?.reach, 'global', 'nobody chose otherwise');
      assert.equal(openings(), 0);
      await sessions.open(cluster, 'own');
      assert.equal(openings(), 1);
      await sessions.open(cluster, 'own');
      assert.equal(openings(), 1);
    });

    it('says so when it was cut, and opens again when it is used', async () => {
      const play = begin();
      await play.sessions.open(play.cluster);
      resource().properties.clusterStatus = 'Stopped';
      const told = play.changed.length;
      await refusal(play, play.sessions.command(play.cluster, ping));
      assert.ok(play.changed.length > told);
      assert.equal(play.sessions.of(play.cluster.key)?.state, 'broken');
      resource().properties.clusterStatus = 'Ready';
      await play.sessions.command(play.cluster, ping);
      assert.equal(play.sessions.of(play.cluster.key)?.state, 'open');
    });

    it('tells what uses it, for as long as that does', async () => {
      const { sessions, cluster, changed } = begin({ limits: { idle: 20 } });
      const [one, two] = [sessions.use(cluster, 'documents'), sessions.use(cluster, 'documents')];
      await sessions.command(cluster, ping);
      await sleep(60);
      assert.equal(asked('endSessions').length, 0, 'it is in use');
      await sessions.open(cluster);
      assert.deepEqual([...(sessions.of(cluster.key)?.uses ?? [])], [['documents', 2]]);
      one();
      one();
      assert.deepEqual([...(sessions.of(cluster.key)?.uses ?? [])], [['documents', 1]]);
      two();
      assert.deepEqual([...(sessions.of(cluster.key)?.uses ?? [])], []);
      assert.ok(changed.length > 4 && changed.every((key) => key === cluster.key));
    });

    it('keeps what uses it when it could not be opened', async () => {
      const play = begin();
      play.sessions.use(play.cluster, 'documents');
      gateway().faults.refuseSignIn(18, 9);
      await refusal(play, play.sessions.open(play.cluster));
      gateway().faults.clear();
      await play.sessions.open(play.cluster);
      assert.deepEqual([...(play.sessions.of(play.cluster.key)?.uses ?? [])], [['documents', 1]]);
    });

    it('knows when it was used last', async () => {
      const { sessions, cluster } = begin();
      const { lastUsed } = await sessions.open(cluster);
      await sleep(20);
      await sessions.command(cluster, ping);
      assert.ok((sessions.of(cluster.key)?.lastUsed ?? 0) > lastUsed);
    });

    it('that was only used ends some time after its last use', async () => {
      const { sessions, cluster } = begin({ limits: { idle: 20 } });
      const done = sessions.use(cluster, 'playground');
      await sessions.command(cluster, ping);
      await sleep(60);
      done();
      await until(() => asked('endSessions').length === 1);
    });

    it('ends when its person is signed in no more, and no other does', async () => {
      const { sessions, stage, cluster: own } = begin({ people: ['kai@contoso.com', 'alex@contoso.com'] });
      const alex = stage.accounts[1] ?? assert.fail();
      const theirs = clusterOfResource(own.resource, { ...own.caller, account: alex }, true) ?? assert.fail();
      await Promise.all([sessions.open(own), sessions.open(theirs)]);
      await sessions.keepOnly([alex]);
      assert.deepEqual(
        sessions.all.map(({ cluster: { key } }) => key),
        [theirs.key],
      );
      await sessions.keepOnly([]);
      assert.deepEqual(sessions.all, []);
    });

    it('is closed whatever uses it', async () => {
      const { sessions, cluster } = begin();
      const done = sessions.use(cluster, 'documents');
      await sessions.open(cluster);
      await sessions.forget();
      assert.deepEqual(sessions.all, []);
      done();
      assert.deepEqual(sessions.all, []);
    });
  });

  describe('a token in a session', () => {
    it('that has run out is replaced without anybody seeing it', async () => {
      const lifetimes = [5, 3600];
      const { sessions, cluster, stage } = begin({
        token: ({ resource }) =>
          azure().issueToken('kai@contoso.com', {
            tenant: 'contoso.com',
            resource,
            lifetimeSeconds: lifetimes.shift() ?? assert.fail(),
          }),
      });
      await sessions.command(cluster, ping);
      await sleep(5050);
      await sessions.command(cluster, ping);
      assert.equal(stage.asked.length, 2);
      assert.equal(openings(), 2, 'a driver that holds on to an old token is not used');
    });

    it('that the server calls expired meanwhile is presented anew, on the same connection', async () => {
      const { sessions, cluster } = begin();
      await sessions.command(cluster, ping);
      const before = asked('saslStart').length;
      gateway().faults.expireNext();
      await sessions.command(cluster, ping);
      assert.deepEqual(
        asked('ping').map(({ code }) => code),
        [undefined, 391, undefined],
      );
      assert.equal(asked('saslStart').length, before + 1);
      assert.equal(openings(), 1);
    });

    it('on six connections that expire together is asked of the editor once', async () => {
      const { sessions, cluster, stage } = begin();
      const six = () => Promise.all(Array.from({ length: 6 }, () => sessions.command(cluster, ping)));
      // None of the connections is free before all six are made.
      gateway().faults.hang('ping');
      const first = six();
      await until(() => asked('saslStart').length === 6);
      gateway().faults.clear();
      await first;
      gateway().faults.expireNext(6);
      await six();
      assert.equal(asked('ping').filter(({ code }) => code === 391).length, 6);
      assert.equal(stage.asked.length, 1);
      assert.equal(openings(), 1);
    });

    for (const code of [18, 13, 391]) {
      it(`that is refused with ${code} when a session opens is dropped, and another tried, once`, async () => {
        const play = begin();
        gateway().faults.refuseSignIn(code);
        await play.sessions.command(play.cluster, ping);
        assert.equal(play.stage.asked.length, 2);
        assert.equal(openings(), 2);
        await play.sessions.forget();
        gateway().faults.refuseSignIn(code, 9);
        const data = { code: 'databaseSignInRefused', host, serverCode: code };
        assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), data);
        assert.equal(play.stage.asked.length, 3);
        assert.equal(openings(), 4);
      });

      it(`that is refused with ${code} on a further connection costs a new session, no more`, async () => {
        const { sessions, cluster } = begin();
        await sessions.command(cluster, ping);
        const before = asked('saslStart').length;
        // The first holds the only connection until a further one was refused.
        gateway().faults.hang('ping');
        // After 18 the driver itself tries another token, which is the same one.
        const times = code === 18 ? 2 : 1;
        gateway().faults.refuseSignIn(code, times);
        const both = Promise.all([sessions.command(cluster, ping), sessions.command(cluster, ping)]);
        await until(() => asked('saslStart').length >= before + times);
        gateway().faults.clear();
        await both;
        assert.ok(openings() > 1);
      });

      it(`that is refused with ${code} in the middle of a session costs a new session, no more`, async () => {
        const { sessions, cluster, stage } = begin();
        await sessions.command(cluster, ping);
        gateway().faults.expireNext();
        gateway().faults.refuseSignIn(code);
        await sessions.command(cluster, ping);
        assert.equal(stage.asked.length, 2);
        assert.equal(openings(), 2);
      });
    }

    it('that is refused in the middle of several steps ends them: none of them is done twice', async () => {
      const play = begin();
      const steps: string[] = [];
      const work = play.sessions.runOnce(play.cluster, async (client) => {
        steps.push('one');
        await client.db('admin').command({ ping: 1 });
        gateway().faults.expireNext();
        gateway().faults.refuseSignIn(13);
        steps.push('two');
        await client.db('admin').command({ ping: 1 });
      });
      assert.equal((await refusal(play, work)).code, 'databaseSignInRefused');
      assert.deepEqual(steps, ['one', 'two']);
    });

    it('that is refused before several steps begin is replaced, and they do', async () => {
      const play = begin();
      gateway().faults.refuseSignIn(13);
      let begun = 0;
      await play.sessions.runOnce(play.cluster, async (client) => {
        begun++;
        await client.db('admin').command({ ping: 1 });
      });
      assert.equal(begun, 1);
      assert.equal(play.stage.asked.length, 2);
    });

    it('that is refused to several at once is dropped once', async () => {
      const { sessions, cluster, stage } = begin();
      gateway().faults.refuseSignIn(18);
      await Promise.all([1, 2, 3].map(() => sessions.command(cluster, ping)));
      assert.equal(stage.asked.length, 2);
      assert.equal(openings(), 2);
    });

    it('that was forged is not tried for ever', async () => {
      const play = begin({ token: async (_, usual) => `${(await usual())?.slice(0, -8)}AAAAAAAA` });
      const data = { code: 'databaseSignInRefused', host, serverCode: 18 };
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), data);
      assert.equal(asked('saslStart').length, 2);
    });

    it('takes no person in a command, and one in a sign-in', async () => {
      const play = begin({ token: ({ interactive }, usual) => (interactive ? usual() : undefined) });
      const { tenant, account } = play.cluster.caller;
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), {
        code: 'signInNeeded',
        tenant,
        account: account.id,
        resource: 'https://ossrdbms-aad.database.windows.net',
      });
      assert.equal(asked('saslStart').length, 0);
      await play.sessions.signIn(play.cluster);
      await play.sessions.command(play.cluster, ping);
      const before = play.stage.asked.length;
      await play.sessions.signIn(play.cluster);
      assert.equal(play.stage.asked.length, before, 'who is signed in is not asked again');
    });
  });

  describe('a database', () => {
    it('that does not know the person refuses them, and says nothing else', async () => {
      const play = begin({ people: ['robin@contoso.com'] });
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), {
        code: 'databaseSignInRefused',
        host,
        serverCode: 18,
      });
      holdsNoToken(play.stage, printed(play.stage.events));
    });

    it('that has Entra off refuses everybody', async () => {
      const play = begin();
      resource().properties.authConfig.allowedModes = ['NativeAuth'];
      const { code } = await refusal(play, play.sessions.command(play.cluster, ping));
      assert.equal(code, 'databaseSignInRefused');
      resource().properties.authConfig.allowedModes = ['MicrosoftEntraID'];
      await play.sessions.command(play.cluster, ping);
    });

    it('lets in who is added, and no longer who is removed', async () => {
      const { sessions, cluster } = begin();
      const play = begin({ people: ['robin@contoso.com'] });
      await sessions.command(cluster, {
        createUser: robin.id,
        roles: [{ role: 'readAnyDatabase', db: 'admin' }],
        customData: {
          IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
        },
      });
      assert.equal(userIn(await play.sessions.command(play.cluster, whoAmI)), robin.id);
      await sessions.command(cluster, { dropUser: robin.id });
      const { code } = await refusal(play, play.sessions.command(play.cluster, whoAmI));
      assert.equal(code, 'database');
      await play.sessions.forget();
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, whoAmI)), {
        code: 'databaseSignInRefused',
        host,
        serverCode: 18,
      });
    });

    it('answers a command with its own number and name, and the session goes on', async () => {
      const play = begin();
      const answer = (command: Readonly<Record<string, unknown>>) =>
        refusal(play, play.sessions.command(play.cluster, command)).then((data) =>
          data.code === 'database' ? [data.serverCode, data.name, data.message !== ''] : data,
        );
      assert.deepEqual(await answer({ dropUser: 'nobody' }), [11, 'UserNotFound', true]);
      assert.deepEqual(await answer({ serverStatus: 1 }), [115, 'CommandNotSupported', true]);
      const roles = [{ role: 'readWrite', db: 'shop' }];
      const customData = {
        IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
      };
      assert.deepEqual(await answer({ createUser: robin.id, roles, customData }), [31, 'RoleNotFound', true]);
      gateway().faults.fail(13, { command: 'usersInfo' });
      assert.deepEqual(await answer({ usersInfo: 1 }), [13, 'Unauthorized', true]);
      assert.equal(openings(), 1);
    });

    it('puts no token that it repeats into a failure', async () => {
      const play = begin();
      await play.sessions.command(play.cluster, ping);
      const message = `Never heard of ${play.stage.issued[0]}, Bearer ${play.stage.issued[0]}.`;
      gateway().faults.fail(2, { command: 'usersInfo', message });
      const data = await refusal(play, play.sessions.command(play.cluster, { usersInfo: 1 }));
      assert.equal(data.code === 'database' && data.message, 'Never heard of [token], Bearer [token]');
      gateway().faults.refuseSignIn(18, 2, message);
      await play.sessions.forget();
      await refusal(play, play.sessions.command(play.cluster, ping));
    });

    it('that is stopped does not answer, and does again when it runs', async () => {
      const play = begin();
      await play.sessions.command(play.cluster, ping);
      resource().properties.clusterStatus = 'Stopped';
      const cut = await refusal(play, play.sessions.command(play.cluster, ping));
      assert.deepEqual([cut.code, 'cause' in cut && cut.cause], ['databaseUnreachable', 'cut']);
      play.limits.answer = 300;
      const stopped = await refusal(play, play.sessions.command(play.cluster, ping));
      assert.deepEqual(stopped, {
        code: 'databaseUnreachable',
        host,
        detail: 'ECONNRESET',
        cause: 'timeout',
      });
      play.limits.answer = 10_000;
      resource().properties.clusterStatus = 'Ready';
      await play.sessions.command(play.cluster, ping);
    });
  });

  describe('waiting for a session', () => {
    it('ends with the command that is stopped, and the session lives', async () => {
      const play = begin();
      await play.sessions.command(play.cluster, ping);
      gateway().faults.delay(60_000, 'ping');
      const stop = new AbortController();
      const slow = refusal(play, play.sessions.command(play.cluster, ping, stop.signal));
      setTimeout(() => stop.abort(), 50);
      const started = performance.now();
      assert.deepEqual(await slow, { code: 'cancelled' });
      assert.ok(performance.now() - started < 10_000);
      gateway().faults.clear();
      await play.sessions.command(play.cluster, ping);
      assert.equal(openings(), 1);
    });

    it('ends while one is being opened, for who stops it and for nobody else', async () => {
      const { promise: known, resolve: tell } = Promise.withResolvers<void>();
      const play = begin();
      const { cloud } = play.stage.door;
      const usual = resolverOf(cloud);
      const members = (name: string) => known.then(() => usual.members(name));
      const patient = begin({ resolver: { members } });
      const stop = new AbortController();
      const [stopped, goesOn] = [stop.signal, undefined].map((signal) =>
        patient.sessions.command(patient.cluster, whoAmI, signal),
      );
      stop.abort();
      assert.deepEqual(await refusal(patient, stopped ?? assert.fail()), { code: 'cancelled' });
      tell();
      assert.equal(userIn(await goesOn), kai.id);
      assert.equal(openings(), 1);
    });

    it('leaves nothing behind when the last who waited has gone', async () => {
      const play = begin();
      gateway().faults.delay(300, 'saslStart');
      const stop = new AbortController();
      const stopped = refusal(play, play.sessions.command(play.cluster, ping, stop.signal));
      await until(() => asked('isMaster').length > 1);
      stop.abort();
      assert.deepEqual(await stopped, { code: 'cancelled' });
      gateway().faults.clear();
      await play.sessions.command(play.cluster, ping);
      assert.equal(openings(), 2);
    });

    for (const silentAt of ['ismaster', 'saslStart'] as const) {
      it(`ends its connections when it is stopped, with a server that never answers ${silentAt}`, async () => {
        const stranger = await startStranger([member], { trusted: true, silentAt });
        const play = begin({ resolver: leadTo(stranger.port), limits: { answer: 60_000 } });
        const stop = new AbortController();
        const stopped = refusal(play, play.sessions.command(play.cluster, ping, stop.signal));
        await until(() => stranger.heard.includes(silentAt));
        const before = performance.now();
        stop.abort();
        assert.deepEqual(await stopped, { code: 'cancelled' });
        await until(() => stranger.open.size === 0);
        // Left to itself the driver takes ten seconds for one, and has no end for the other.
        assert.ok(performance.now() - before < 5000);
      });

      it(`ends them when its time is up, with a server that never answers ${silentAt}`, async () => {
        const stranger = await startStranger([member], { trusted: true, silentAt });
        const play = begin({ resolver: leadTo(stranger.port) });
        const { code, ...rest } = await refusal(play, play.sessions.command(play.cluster, ping));
        assert.deepEqual(
          [code, 'cause' in rest && rest.cause],
          ['databaseUnreachable', 'timeout'],
          stranger.heard.join(),
        );
        assert.ok(stranger.heard.includes(silentAt));
        await until(() => stranger.open.size === 0);
      });
    }

    it('ends its connections when it is stopped, while a token is waited for', async () => {
      const stranger = await startStranger([member], { trusted: true });
      const { promise: wanted, resolve: want } = Promise.withResolvers<void>();
      const token = (): Promise<undefined> => {
        want();
        return new Promise(() => undefined);
      };
      const play = begin({ resolver: leadTo(stranger.port), limits: { answer: 60_000 }, token });
      const stop = new AbortController();
      const stopped = refusal(play, play.sessions.command(play.cluster, ping, stop.signal));
      await wanted;
      assert.ok(stranger.open.size > 0);
      stop.abort();
      assert.deepEqual(await stopped, { code: 'cancelled' });
      await until(() => stranger.open.size === 0);
    });

    it('has an end where a further connection, or an open one that signs in anew, is left without an answer', async () => {
      const play = begin();
      const command = () => play.sessions.command(play.cluster, ping);
      await command();
      gateway().faults.delay(play.limits.answer + 2500, 'ping');
      gateway().faults.hang('saslStart');
      const [long, further] = await Promise.allSettled([command(), command()]);
      assert.equal(long.status, 'fulfilled', 'a command may take longer than a sign-in');
      assert.equal(further.status, 'rejected');
      gateway().faults.clear();
      await command();
      gateway().faults.expireNext();
      gateway().faults.hang('saslStart');
      assert.equal((await refusal(play, command())).code, 'databaseUnreachable');
    });

    it('does not begin when it is over already', async () => {
      const play = begin();
      const command = play.sessions.command(play.cluster, ping, AbortSignal.abort());
      assert.deepEqual(await refusal(play, command), { code: 'cancelled' });
      await sleep(20);
      assert.equal(openings(), 0);
    });
  });

  describe('where a session may lead', () => {
    it('is below the suffix of the cloud: any other host is refused before a question is asked', async () => {
      const questions: string[] = [];
      const wonder = (name: string) => {
        questions.push(name);
        return Promise.resolve([]);
      };
      const play = begin({ resolver: { members: wonder, addresses: wonder } });
      for (const evil of [`evil${suffix}`, `x.${suffix}.evil.example`, `x.${suffix}.`, '127.0.0.1']) {
        const command = play.sessions.command(clusterAt(play.stage, evil), ping);
        assert.deepEqual(await refusal(play, command), refused(evil), evil);
      }
      assert.deepEqual(questions, []);
      assert.deepEqual(play.stage.asked, []);
    });

    it('is no server that the name server puts elsewhere', async () => {
      const stranger = await startStranger(['127.0.0.1', 'localhost'], { trusted: true });
      for (const elsewhere of ['evil.example', 'localhost', '127.0.0.1', `evil${suffix}`]) {
        const play = begin({ resolver: leadTo(stranger.port, elsewhere) });
        assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), refused(elsewhere));
        assert.deepEqual(play.stage.asked, []);
      }
      // The driver would read these as other hosts than those they end with.
      for (const elsewhere of [`evil.example/.${suffix}`, `x@evil.example,y.${suffix}`, `${member}.`]) {
        const play = begin({ resolver: leadTo(stranger.port, elsewhere) });
        assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), refused(elsewhere));
      }
      // Below the suffix, but not beside its own name: the driver would refuse it, if it were asked.
      const play = begin({ resolver: leadTo(stranger.port) });
      assert.deepEqual(await refusal(play, play.sessions.open(play.cluster, 'global')), refused(member));
      assert.equal(stranger.connections, 0);
    });

    it('is not this machine, unless the whole cloud is on it', async () => {
      const clouds = [
        [cloudOf('public', undefined), 'x.mongocluster.cosmos.azure.com'],
        [localCloud({ resourceManager: 'https://management.example' }), member],
      ] as const;
      for (const [cloud, its] of clouds) {
        for (const address of ['127.0.0.1', '127.9.9.9', '0.0.0.0', '::1', '::ffff:127.0.0.1']) {
          let questions = 0;
          const addresses = (): Promise<Address[]> => {
            questions++;
            return Promise.resolve([
              { address: '203.0.113.7', family: 4 },
              { address, family: address.includes(':') ? 6 : 4 },
            ]);
          };
          const { port } = gateway();
          const members = () => Promise.resolve([its, `a${its}`].map((one) => ({ host: one, port })));
          const play = begin({ cloud, resolver: { members, addresses } });
          const there = clusterAt(play.stage, its);
          assert.deepEqual(await refusal(play, play.sessions.command(there, ping)), refused(its, address));
          assert.equal(questions, 2, 'once for each server: the driver does not come to ask');
          assert.deepEqual(play.stage.asked, []);
        }
      }
      assert.deepEqual(gateway().commands, []);
    });

    it('is looked at again when it is gone to, for the second answer may be another', async () => {
      const stranger = await startStranger([member], { trusted: true });
      const answers = ['203.0.113.7'];
      const addresses = (): Promise<Address[]> =>
        Promise.resolve([{ address: answers.pop() ?? '127.0.0.1', family: 4 }]);
      const cloud = localCloud({ resourceManager: 'https://management.example' });
      const play = begin({ cloud, resolver: { ...leadTo(stranger.port), addresses } });
      assert.deepEqual(
        await refusal(play, play.sessions.command(play.cluster, ping)),
        refused(member, '127.0.0.1'),
      );
      assert.deepEqual(answers, []);
      assert.equal(stranger.connections, 0);
    });

    it('is not where a server says that others are', async () => {
      const other = await startStranger(['127.0.0.1', `*.${suffix}`], { trusted: true });
      for (const its of [`127.0.0.1:${other.port}`, `fc-other-000.${suffix}:${other.port}`]) {
        const server = await startStranger([member], {
          trusted: true,
          hello: { msg: '', setName: 'set', me: its, primary: its, hosts: [its] },
        });
        const looked = new Set<string>();
        const addresses = (name: string): Promise<Address[]> => {
          looked.add(name);
          return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
        };
        const resolver = { ...leadTo(server.port), addresses };
        const play = begin({ resolver, limits: { answer: 1500 } });
        const { code } = await refusal(play, play.sessions.command(play.cluster, ping));
        assert.equal(code, 'hostRefused');
        assert.notDeepEqual(server.heard, []);
        assert.deepEqual([...looked], [member]);
        assert.deepEqual(play.stage.asked, []);
      }
      assert.deepEqual(other.heard, []);
    });

    it('is known by a certificate that this machine trusts for that very name, whatever the environment', async () => {
      const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      const cases = [
        [[member], false, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        [['fc-other-000.example'], true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ] as const;
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        for (const [its, trusted, detail] of cases) {
          const stranger = await startStranger(its, { trusted });
          const play = begin({ resolver: leadTo(stranger.port), limits: { answer: 60_000 } });
          assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), {
            code: 'databaseUnreachable',
            host,
            detail,
            cause: 'tls',
          });
          const { connections } = stranger;
          await sleep(700);
          assert.equal(stranger.connections, connections, 'nobody goes on trying');
          assert.deepEqual(stranger.heard, []);
          assert.deepEqual(play.stage.asked, []);
        }
      } finally {
        if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
        else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
      }
    });

    it('is any server of the cluster, at any of its addresses, that answers', async () => {
      const { port } = gateway();
      const { sessions, cluster } = begin({
        resolver: {
          members: async () => [
            { host: `fc-orders-eu-001.${suffix}`, port: 1 },
            { host: member.toUpperCase(), port },
          ],
          addresses: async () => [
            { address: '::1', family: 6 },
            { address: '127.0.0.1', family: 4 },
          ],
        },
      });
      assert.equal(userIn(await sessions.command(cluster, whoAmI)), kai.id);
    });

    it('is nowhere when the name is not known', async () => {
      const play = begin();
      names().fail('notFound');
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), {
        code: 'databaseUnreachable',
        host,
        detail: 'ENOTFOUND',
        cause: 'dns',
      });
      names().recover();
      names().fail('notFound', member);
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), {
        code: 'databaseUnreachable',
        host: member,
        detail: 'ENOTFOUND',
        cause: 'dns',
      });
      names().recover();
      await play.sessions.command(play.cluster, ping);
    });

    it('is unreachable where nobody listens', async () => {
      const play = begin({ resolver: leadTo(1), limits: { answer: 200 } });
      assert.deepEqual(await refusal(play, play.sessions.command(play.cluster, ping)), {
        code: 'databaseUnreachable',
        host,
        detail: 'ECONNREFUSED',
        cause: 'timeout',
      });
    });
  });
});
