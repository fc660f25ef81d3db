import type { Memento } from 'vscode';
import type { Store } from '../core/clusters/discovery.ts';

/** What was set, and is not known to be kept yet. */
interface Held {
  /** As the editor keeps it, which is as JSON has it. */
  readonly value: unknown;
  readonly text: string | undefined;
  /** So often it is still tried. */
  left: number;
}

/** Each write of ours may meet one of another window's, and that one has the last word in the end. */
const tries = 10;

/**
 * What is kept over restarts, in the editor's memory for it. The editor answers each write with all that was kept when
 * it came, and forgets what was set since: so whatever is set here is held until the editor has it too. What the
 * editor does not take is held for as long as the window is open, and tried again with what is set next.
 */
export function keptIn(memento: Memento, trouble: (error: unknown) => void): Store {
  const held = new Map<string, Held>();
  let isWriting = false;

  async function attempt(key: string, entry: Held): Promise<void> {
    entry.left--;
    try {
      await memento.update(key, entry.value);
    } catch (error) {
      if (entry.left === 0) trouble(error);
      return;
    }
    const isKept = JSON.stringify(memento.get(key)) === entry.text;
    // What was set meanwhile has tries of its own.
    if ((isKept || entry.left === 0) && held.get(key) === entry) held.delete(key);
  }

  async function write(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    for (;;) {
      const now = [...held].filter(([, { left }]) => left > 0);
      if (now.length === 0) break;
      await Promise.all(now.map(([key, entry]) => attempt(key, entry)));
    }
    isWriting = false;
  }

  return {
    get(key) {
      const entry = held.get(key);
      return entry === undefined ? memento.get(key) : entry.value;
    },
    set(key, value) {
      for (const entry of held.values()) entry.left = tries;
      const text = JSON.stringify(value) as string | undefined;
      held.set(key, { value: text === undefined ? undefined : JSON.parse(text), text, left: tries });
      void write();
    },
  };
}
