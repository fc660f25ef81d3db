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
