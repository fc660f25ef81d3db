import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { keptIn } from '../../src/editor/kept.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';

describe('What is kept over restarts', () => {
  const scene = onScene();

  it('is all of it, however soon one thing is set after another', async () => {
    const memento = scene.context.globalState;
    const store = keptIn(memento);
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
  });
});
