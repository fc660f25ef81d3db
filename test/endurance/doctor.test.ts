import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lookout } from '../../src/core/findings/lookout.ts';
import { examine, told } from '../core/doctorStage.ts';
import { memory } from '../core/effort.ts';
import { onlyContoso, setStage } from '../core/stage.ts';
import { azure, onSessions } from '../core/sessionStage.ts';
import { eventually } from '../editor/eventually.ts';

const examinations = 200;
const looks = 100;
/** What may be left of all that was thrown away, in bytes. */
const room = 12 * 2 ** 20;

describe('looking again and again', function () {
  this.timeout(600_000);
  onSessions();

  it(`${examinations} times into one cluster leaves no socket, no timer and no memory`, async () => {
    const { examination, reports: seen, stage } = examine({ checks: { connecting: 10_000 } });
    const look = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        await examination.run(time % 3 === 0 ? 'token' : undefined);
        assert.equal(told(examination.report).state, 'healthy');
        // The stage keeps all that it hears.
        for (const kept of [seen, stage.issued, stage.asked, stage.events]) kept.splice(0);
      }
    };
    await look(50);
    const before = await left();
    await look(examinations - 50);
    await nothingMore(before);
  });

  it(`${looks} times over all clusters leaves no socket, no timer and no memory`, async () => {
    onlyContoso(azure());
    const stage = setStage(azure());
    const { door, directory, tokens, discovery } = stage;
    await discovery.refresh();
    const pace = { atOnce: 2, between: 0, again: 3_600_000, patience: 1 };
    const changed = (): void => undefined;
    const lookout = new Lookout({ door, directory, tokens, discovery, clock: Date, changed, pace });
    const look = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) await lookout.lookAgain();
      for (const kept of [stage.issued, stage.asked, stage.events]) kept.splice(0);
    };
    await look(20);
    const before = await left();
    await look(looks - 20);
    assert.equal(lookout.progress, undefined);
    await nothingMore(before);
    lookout.stop();
  });
});

interface Left {
  readonly open: number;
  readonly heap: number;
}

/** As much is left as before, now or in a while: what is slow to end is not left for ever. */
function nothingMore(before: Left): Promise<void> {
  return eventually(async () => {
    const after = await left();
    assert.ok(after.open <= before.open + 2, `${before.open} then ${after.open}`);
    assert.ok(after.heap - before.heap < room, `${before.heap} then ${after.heap}`);
  });
}

/** What is open, and what is kept, when all that ends has ended. */
async function left(): Promise<Left> {
  // The local Azure keeps what it was asked.
  (azure().requests as unknown[]).splice(0);
  for (const gateway of azure().gateways.values()) (gateway.commands as unknown[]).splice(0);
  await sleep(1500);
  const open = process.getActiveResourcesInfo().filter((one) => /TCPSocketWrap|TLSWrap|Timeout/.test(one));
  return { open: open.length, heap: memory().heapUsed };
}
