import { setTimeout as sleep } from 'node:timers/promises';

/** Returns what `look` returns as soon as it no longer throws; after thirty seconds, or as many milliseconds, its error stands. */
export async function eventually<T>(look: () => T | Promise<T>, limit = 30_000): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(15);
    }
  }
}
