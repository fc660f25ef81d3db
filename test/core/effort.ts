import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Tells how many milliseconds of a processor this process has had since: on a machine with other work to do, a clock
 * tells more than that.
 */
export function effort(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The memory that this process holds: what nobody needs any more is gone before it is told. */
export function memory(): NodeJS.MemoryUsage {
  collect();
  return process.memoryUsage();
}
