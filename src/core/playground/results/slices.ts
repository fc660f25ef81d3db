import { setImmediate } from 'node:timers/promises';

/** How long others wait at most while something long is reckoned. */
const slice = 8;

/**
 * For long work among others' work: called between its steps, it answers with something to wait for when others
 * have to have their turn. Throws what the signal says when the work is to end.
 */
export function slices(signal?: AbortSignal): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < slice) return undefined;
    signal?.throwIfAborted();
    return setImmediate().then(() => {
      began = performance.now();
      signal?.throwIfAborted();
    });
  };
}
