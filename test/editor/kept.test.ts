import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Memento } from 'vscode';
import { keptIn } from '../../src/editor/kept.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';

describe('What is kept over restarts', () => {
  const scene = onScene();

  it('is all of it, however soon one thing is set after another', async () => {
    const memento = scene.context.globalState;
    const store = keptIn(memento, assert.ifError);
    const expected = new Map<string, number>();
    const wrong = (get: (key: string) => unknown): readonly string[] =>
      [...expected].flatMap(([key, value]) => (get(key) === value ? [] : [`${key}: ${String(get(key))}`]));
    for (let round = 0; round < 300; round++) {
      const key = `kept${round % 50}`;
      store.set(key, round);
      expected.set(key, round);
      await sleep(round % 7);
      assert.deepEqual(
        wrong((key) => store.get(key)),
        [],
      );
    }
    await eventually(() =>
      assert.deepEqual(
        wrong((key) => memento.get(key)),
        [],
      ),
    );
    // Each of three hundred sleeps waits for its turn on a slow machine.
  }).timeout(180_000);

  it('is what was set last, though the editor is slower than whoever sets it', async () => {
    for (let times = 1; times <= 25; times++) {
      let left = times;
      const { memento, kept } = memory(async () => {
        await Promise.resolve();
        // Each write meets the next thing that is set.
        if (left > 0) store.set('left', --left);
      });
      const store = keptIn(memento, assert.ifError);
      store.set('left', times);
      await eventually(() => assert.deepEqual(Object.fromEntries(kept), { left: 0 }));
    }
  });

  it('is what was set in the moment in which a write ends', async () => {
    const { memento, kept } = memory(() => Promise.resolve());
    const store = keptIn(memento, assert.ifError);
    for (let turns = 0; turns < 20; turns++) {
      store.set('first', turns);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      store.set('second', turns);
      await eventually(() => assert.deepEqual(Object.fromEntries(kept), { first: turns, second: turns }));
    }
  });

  it('is held while the editor does not take it, which is told once, and tried again with what comes next', async () => {
    let isFull = true;
    const { memento, kept } = memory(() => (isFull ? Promise.reject(new Error('full')) : Promise.resolve()));
    const troubles: unknown[] = [];
    const store = keptIn(memento, (error) => troubles.push(error));
    store.set('one', 1);
    await eventually(() => assert.match(String(troubles), /^Error: full$/));
    assert.deepEqual([store.get('one'), kept.size], [1, 0]);
    isFull = false;
    store.set('two', 2);
    await eventually(() => assert.deepEqual(Object.fromEntries(kept), { one: 1, two: 2 }));
    assert.equal(troubles.length, 1);
  });

  it('is the same before a restart as after it, and nobody’s to change', async () => {
    const { memento, kept } = memory(() => Promise.resolve());
    const store = keptIn(memento, assert.ifError);
    const list = [undefined, new Date(0), { gone: undefined, nan: Number.NaN }];
    const asKept = [null, '1970-01-01T00:00:00.000Z', { nan: null }];
    store.set('list', list);
    list.length = 0;
    assert.deepEqual(store.get('list'), asKept);
    await eventually(() => assert.deepEqual(kept.get('list'), asKept));
    store.set('list', undefined);
    assert.equal(store.get('list'), undefined);
    await eventually(() => assert.equal(kept.has('list'), false));
  });

  it('is what another window has, where that has the last word', async () => {
    let writes = 0;
    const { memento, kept } = memory(async () => {
      writes++;
      await Promise.resolve();
      kept.set('same', 'theirs');
    });
    const store = keptIn(memento, assert.ifError);
    store.set('same', 'ours');
    store.set('other', 'ours');
    await eventually(() => assert.deepEqual([store.get('same'), store.get('other')], ['theirs', 'ours']));
    assert.ok(writes < 30, `${writes} writes`);
  });

  it('is in both windows, where each sets its own', async () => {
    const { memento, kept } = memory(() => sleep(1));
    const windows = [keptIn(memento, assert.ifError), keptIn(memento, assert.ifError)] as const;
    for (let round = 0; round < 30; round++) {
      for (const [at, store] of windows.entries()) {
        store.set(`own${at}`, round);
        store.set('shared', `${at} ${round}`);
      }
      await sleep(round % 3);
    }
    await eventually(() => {
      assert.deepEqual([kept.get('own0'), kept.get('own1')], [29, 29]);
      const [one, other] = windows.map((store) => store.get('shared'));
      assert.ok(one === other && one === kept.get('shared'), `${String(one)}, ${String(other)}`);
    });
  });
});

/** An editor's memory that takes a moment for what it takes, or takes nothing. */
function memory(takes: () => Promise<unknown>): { memento: Memento; kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  const memento: Memento = {
    keys: () => [...kept.keys()],
    get: (key: string) => kept.get(key),
    async update(key, value) {
      // What is not taken is not there either.
      const before = new Map(kept);
      if (value === undefined) kept.delete(key);
      else kept.set(key, JSON.parse(JSON.stringify(value)));
      try {
        await takes();
      } catch (error) {
        kept.clear();
        for (const [name, old] of before) kept.set(name, old);
        throw error;
      }
    },
  };
  return { memento, kept };
}
