import assert from 'node:assert/strict';
import { KnownNames } from '../../src/core/playground/language/names.ts';
import { Failure } from '../../src/core/failure.ts';
import { Catalog } from '../../src/core/sessions/catalog.ts';
import { asked, begin, gateway, onSessions, openings } from './sessionStage.ts';

describe('names that are known', () => {
  onSessions();
  const { signal } = new AbortController();
  const stage = (limits?: { readonly life: number; readonly most: number }) => {
    const { sessions, cluster } = begin();
    let now = 0;
    const clock = { now: () => now };
    const names = new KnownNames(new Catalog(sessions), sessions, clock, limits);
    return { sessions, cluster, names: names.of(cluster), known: names, wait: (ms: number) => (now += ms) };
  };

  it('open no session, and are asked of one that is open', async () => {
    const { sessions, cluster, names } = stage();
    assert.deepEqual(await names.databases(signal), []);
    assert.deepEqual(await names.collections('shop', signal), []);
    assert.deepEqual(await names.fields('shop', 'orders', signal), []);
    assert.equal(openings(), 0);
    await sessions.open(cluster);
    assert.deepEqual(await names.databases(signal), ['shop']);
    assert.ok((await names.collections('shop', signal)).includes('orders'));
    const fields = await names.fields('shop', 'orders', signal);
    assert.ok(fields.some(({ name, types }) => name === 'status' && types[0] === 'string'));
    assert.equal(openings(), 1);
  });

  it('are asked for once by all who want them, and again after a while', async () => {
    const { sessions, cluster, names, wait } = stage();
    await sessions.open(cluster);
    const all = await Promise.all([1, 2, 3].map(() => names.collections('shop', signal)));
    assert.equal(all[2], all[0]);
    await names.collections('shop', signal);
    wait(59_999);
    await names.collections('shop', signal);
    assert.equal(asked('listCollections').length, 1);
    wait(1);
    await names.collections('shop', signal);
    assert.equal(asked('listCollections').length, 2);
  });

  it('that could not be had are none, and are asked for again', async () => {
    const { sessions, cluster, names } = stage();
    await sessions.open(cluster);
    gateway().faults.fail(13, { command: 'listCollections' });
    assert.deepEqual(await names.collections('shop', signal), []);
    assert.ok((await names.collections('shop', signal)).includes('orders'));
  });

  it('are left to others by who does not wait for them', async () => {
    const { sessions, cluster, names } = stage();
    await sessions.open(cluster);
    const stop = new AbortController();
    const stopped = names.collections('shop', stop.signal);
    const waiting = names.collections('shop', signal);
    stop.abort();
    await assert.rejects(stopped, (error) => error instanceof Failure && error.code === 'cancelled');
    assert.ok((await waiting).includes('orders'));
    assert.equal(asked('listCollections').length, 1);
  });

  it('are kept of so many', async () => {
    const { sessions, cluster, names } = stage({ life: 60_000, most: 2 });
    await sessions.open(cluster);
    for (const database of ['a', 'b', 'shop', 'b', 'shop', 'a']) await names.collections(database, signal);
    assert.equal(asked('listCollections').length, 4);
  });

  it('are forgotten', async () => {
    const { sessions, cluster, names, known } = stage();
    await sessions.open(cluster);
    await names.databases(signal);
    known.forget();
    await names.databases(signal);
    assert.equal(asked('listDatabases').length, 2);
  });
});
