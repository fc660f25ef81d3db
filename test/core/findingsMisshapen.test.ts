/** Findings, and what was changed lately, by answers of Azure's in which one field is of no right shape. */
import assert from 'node:assert/strict';
import { Directory } from '../../src/core/access/principals.ts';
import { recentChanges } from '../../src/core/audit/recentChanges.ts';
import { readActivity } from '../../src/core/azure/activityLog.ts';
import { Failure } from '../../src/core/failure.ts';
import type { Judgement, Known } from '../../src/core/findings/finding.ts';
import { judge } from '../../src/core/findings/rules.ts';
import { lookAt } from '../../src/core/findings/sight.ts';
import { consent } from './consent.ts';
import { isAnotherAnswer, kept } from './misshapen.ts';
import { localAzure, onlyContoso, setStage } from './stage.ts';

const judgement: Judgement = {
  severity: () => 'warning',
  keyDays: 90,
  certificateDays: 30,
  now: Date.now(),
};

describe('by answers of no right shape', () => {
  const azure = localAzure();
  beforeEach(() => {
    onlyContoso(azure());
    consent(azure(), ['User.Read', 'Directory.Read.All', 'Application.Read.All']);
  });

  for (const name of ['orders-eu', 'carts-eu', 'catalog', 'clicks', 'ledger', 'events'])
    it(`nothing is found at ${name} that is not known to be`, async () => {
      const answers = kept();
      const listing = setStage(azure());
      await listing.discovery.refresh();
      const stage = setStage(azure(), { door: answers.door });
      const look = (): Promise<Known> =>
        lookAt(
          {
            door: stage.door,
            directory: new Directory(stage.door, stage.tokens),
            tokens: stage.tokens,
            limit: (task) => task(),
            certificates: new Map(),
          },
          { ...listing.cluster(name), read: 'no' },
          Date.now(),
          new AbortController().signal,
        );
      const linesOf = (known: Known): readonly string[] => judge([known], judgement).map(({ id }) => id);
      const usual = linesOf(await look());
      const misshapes = await answers.misshapes();
      assert.ok(misshapes.length > 300, String(misshapes.length));
      const lies: string[] = [];
      for (const misshape of misshapes) {
        answers.use(misshape);
        const news = linesOf(await look()).filter((line) => !usual.includes(line));
        if (news.length > 0 && !isAnotherAnswer(misshape)) lies.push(`${misshape.what}: ${news.join(' ')}`);
      }
      assert.deepEqual(lies, []);
    }).timeout(120_000);

  it('what was changed lately is told as it was, or as unknown', async () => {
    const answers = kept(12);
    const listing = setStage(azure());
    await listing.discovery.refresh();
    const stage = setStage(azure(), { door: answers.door });
    const cluster = listing.cluster('orders-eu');
    const now = new Date();
    const since = new Date(now.getTime() - 30 * 86_400_000);
    const read = async () => {
      const activity = await readActivity(stage.door, cluster.caller, { ...cluster, since, now });
      return recentChanges(cluster, activity, [], since);
    };
    const usual = await read();
    assert.ok(usual.length > 0);
    const misshapes = await answers.misshapes();
    const lies: string[] = [];
    for (const misshape of misshapes) {
      answers.use(misshape);
      const changes = await read().catch((error: unknown) => {
        assert.ok(error instanceof Failure && error.code !== 'internal', misshape.what);
        return [];
      });
      for (const { time, by, outcome, what } of changes) {
        if (time !== '' && Number.isNaN(Date.parse(time))) lies.push(`${misshape.what}: ${time}`);
        const same = usual.find((one) => one.time === time);
        if (isAnotherAnswer(misshape) || same === undefined) continue;
        if (by.name !== undefined && by.name !== same.by.name) lies.push(`${misshape.what}: by ${by.name}`);
        if (outcome.state !== same.outcome.state && outcome.state !== 'open')
          lies.push(`${misshape.what}: ${outcome.state} not ${same.outcome.state}`);
        if (what.does !== same.what.does && what.does !== 'other')
          lies.push(`${misshape.what}: ${what.does} not ${same.what.does}`);
      }
    }
    assert.deepEqual(lies, []);
  }).timeout(60_000);
});
