import type { Memento } from 'vscode';
import type { Store } from '../core/clusters/discovery.ts';

/**
 * What is kept over restarts, in the editor's memory for it. The editor answers each write with all that was kept when
 * it came, and forgets what was set since: so whatever is set here is held until the editor has it too.
 */
export function keptIn(memento: Memento): Store {
  const held = new Map<string, { readonly value: unknown }>();
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    // Another window may write as well, and has the last word in the end.
    for (let round = 0; held.size > 0 && round < 10; round++) {
      const now = [...held];
      await Promise.all(now.map(([key, { value }]) => memento.update(key, value)));
      for (const [key, entry] of now) {
        if (held.get(key) === entry && isSame(memento.get(key), entry.value)) held.delete(key);
      }
    }
  }

  return {
    get: (key) => (held.has(key) ? held.get(key)?.value : memento.get(key)),
    set(key, value) {
      held.set(key, { value });
      writing ??= write().finally(() => (writing = undefined));
    },
  };
}

/** As the editor keeps it. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
