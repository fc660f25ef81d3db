import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOf } from '../../src/core/identity/claims.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import { azure, begin, onSessions, ping } from '../core/sessionStage.ts';

const lifetimes = 60;
/** In seconds. */
const lifetime = 2;

describe(`${lifetimes} lifetimes of tokens of ${lifetime} seconds`, function () {
  // A slow machine takes its time between them.
  this.timeout((2 * lifetimes * lifetime + 60) * 1000);
  onSessions();

  it('pass unseen by a session, its open cursor and a second client', async () => {
    const given: string[] = [];
    const { sessions, cluster, stage } = begin({
      token: async ({ resource }) => {
        // Tokens end with a whole second, and gateways count whole seconds to it: this one lives for two at least.
        const lifetimeSeconds = lifetime + 1;
        const order = { tenant: 'contoso.com', resource, lifetimeSeconds };
        const token = await azure().issueToken('kai@contoso.com', order);
        if (resource.includes('ossrdbms')) given.push(token);
        return token;
      },
    });
    await sessions.open(cluster);
    await sessions.run(cluster, (client) =>
      client
        .db('shop')
        .collection('ticks')
        .insertMany(Array.from({ length: lifetimes * lifetime }, (_, tick) => ({ tick }))),
    );
    const ends = Date.now() + lifetimes * lifetime * 1000;

    /** One document a second, over all of the time: each is fetched when it is wanted. */
    const cursor = sessions.runOnce(cluster, async (client) => {
      const ticks: unknown[] = [];
      const found = client.db('shop').collection('ticks').find({}, { batchSize: 1 }).sort({ _id: 1 });
      for await (const { tick } of found) {
        ticks.push(tick);
        await sleep(1000);
      }
      return ticks;
    });
    const commands = async (): Promise<number> => {
      let done = 0;
      for (; Date.now() < ends; done++) {
        await sessions.command(cluster, ping);
        await sleep(700);
      }
      return done;
    };
    /** What another part of the extension opens for itself, with tokens of the same broker. */
    const second = async (): Promise<number> => {
      const others = new MongoSessions(stage.door, stage.tokens);
      let done = 0;
      try {
        for (; Date.now() < ends; done++) {
          await others.run(cluster, (client) => client.db('shop').collection('orders').findOne({}));
          await sleep(900);
        }
      } finally {
        await others.forget();
      }
      return done;
    };

    const [ticks, ...counts] = await Promise.all([cursor, commands(), second()]);
    assert.deepEqual(
      ticks,
      Array.from({ length: lifetimes * lifetime }, (_, tick) => tick),
    );
    assert.ok(counts.every((count) => count > lifetimes));
    const distinct = new Set(given.map((token) => claimsOf(token)?.expiresAt));
    assert.ok(distinct.size >= lifetimes * 0.8, `${distinct.size} tokens`);
    assert.equal(sessions.of(cluster.key)?.state, 'open');
  });
});
