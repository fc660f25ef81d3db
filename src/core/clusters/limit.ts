/** Requests that one task may have under way: for details, or for lists by subscription. */
export const atOnce = 8;

/** Runs at most `atOnce` of the given tasks at a time, in the order they came. */
export function limited(atOnce: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    // A place is handed from one task to the next, so nobody slips in between.
    if (running < atOnce) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
