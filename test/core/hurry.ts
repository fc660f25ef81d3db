const hour = 3_600_000;
/** Where a pause is asked for: what else has a timer limits something, and keeps its time. */
const pausing = /azure[/\\]pause\.ts|ts-http-runtime.*helpers\.js/;

/**
 * Lets every pause of a test take a hundredth of its time, if not less, and tells how long they would have been.
 * Those of an hour or more take their time: only who calls them off sees their end.
 */
export function hurry(): readonly number[] {
  const pauses: number[] = [];
  const original = globalThis.setTimeout;
  before(() => {
    const hurried = (run: () => void, milliseconds = 0) => {
      if (!pausing.test(new Error('only its stack is wanted').stack ?? ''))
        return original(run, milliseconds);
      pauses.push(milliseconds);
      return original(run, milliseconds < hour ? Math.min(milliseconds / 100, 25) : milliseconds);
    };
    globalThis.setTimeout = Object.assign(hurried, original);
  });
  beforeEach(() => {
    pauses.length = 0;
  });
  after(() => {
    globalThis.setTimeout = original;
  });
  return pauses;
}
