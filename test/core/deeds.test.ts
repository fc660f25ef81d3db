/** What is told of what a playground does to data. */
import assert from 'node:assert/strict';
import type { Deed } from '../../src/core/playground/deed.ts';
import { eventually } from '../editor/eventually.ts';
import { onPlaygrounds, playground } from './runnerStage.ts';
import { gateway, onSessions } from './sessionStage.ts';

describe('what a playground did', function () {
  this.timeout(30_000);
  onSessions();
  onPlaygrounds();

  /** A playground, with what is told of it: added up, one line for each sort and place. */
  function told() {
    const all: Deed[] = [];
    const lines = (): readonly string[] => {
      const groups = Map.groupBy(all, ({ command, database, collection = '*', detail }) =>
        [command, `${database}.${collection}`, ...(detail === undefined ? [] : [detail])].join(' '),
      );
      return [...groups].map(([what, deeds]) => {
        const sum = (count: (deed: Deed) => number): number =>
          deeds.reduce((before, deed) => before + count(deed), 0);
        const known = deeds.some(({ documents }) => documents !== undefined);
        const documents = known ? `, ${sum((deed) => deed.documents ?? 0)} documents` : '';
        const errors = new Set(deeds.flatMap((deed) => deed.errors));
        const counts = `${sum(({ calls }) => calls)} sent, ${sum(({ done }) => done)} done, ${sum(({ failed }) => failed)} failed`;
        return `${what}: ${counts}${documents}${errors.size === 0 ? '' : ` (${[...errors].join(', ')})`}`;
      });
    };
    return { ...playground({ runner: { did: (_, deeds) => all.push(...deeds) } }), all, lines };
  }

  it('is counted as the database answers, each sort at each place, and nothing that only reads', async () => {
    const { run, lines } = told();
    const { state } = await run([
      'db.orders.find({ a: 1 }).toArray(); db.orders.countDocuments(); db.adminCommand({ ping: 1 })',
      'db.fresh.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 1 }, { _id: 3, a: 2 }])',
      'db.fresh.insertOne({ _id: 4 })',
      'db.fresh.updateMany({ a: 1 }, { $set: { b: 1 } })',
      'db.fresh.updateOne({ _id: 9 }, { $set: { b: 1 } }, { upsert: true })',
      'db.fresh.replaceOne({ _id: 3 }, { c: 1 })',
      'db.fresh.findOneAndDelete({ _id: 1 })',
      'db.fresh.deleteMany({ _id: { $gt: 3 } })',
      'db.fresh.createIndex({ b: 1 })',
      'db.fresh.dropIndex("b_1")',
      'db.getSiblingDB("crm").people.insertOne({})',
      'db.fresh.renameCollection("older")',
      'db.older.drop()',
      'db.getSiblingDB("crm").dropDatabase()',
    ]);
    assert.equal(state, 'done');
    assert.deepEqual(lines(), [
      'insert shop.fresh: 2 sent, 2 done, 0 failed, 4 documents',
      'update shop.fresh: 3 sent, 3 done, 0 failed, 4 documents',
      'findAndModify shop.fresh: 1 sent, 1 done, 0 failed, 1 documents',
      'delete shop.fresh: 1 sent, 1 done, 0 failed, 2 documents',
      'createIndexes shop.fresh b_1: 1 sent, 1 done, 0 failed',
      'dropIndexes shop.fresh b_1: 1 sent, 1 done, 0 failed',
      'insert crm.people: 1 sent, 1 done, 0 failed, 1 documents',
      'renameCollection shop.fresh shop.older: 1 sent, 1 done, 0 failed',
      'drop shop.older: 1 sent, 1 done, 0 failed',
      'dropDatabase crm.*: 1 sent, 1 done, 0 failed',
    ]);
  });

  it('is told also where a script goes past mongosh, and of a loop once', async () => {
    const { run, all, lines } = told();
    await run([
      'const raw = db.getMongo()._serviceProvider.getRawClient()',
      'raw.db("shop").collection("fresh").insertOne({ a: 1 }).then(() => 1)',
      'db.runCommand({ delete: "fresh", deletes: [{ q: {}, limit: 0 }] })',
      'for (let one = 0; one < 200; one++) db.loop.insertOne({ one })',
    ]);
    assert.deepEqual(lines(), [
      'insert shop.fresh: 1 sent, 1 done, 0 failed, 1 documents',
      'delete shop.fresh: 1 sent, 1 done, 0 failed, 1 documents',
      'insert shop.loop: 200 sent, 200 done, 0 failed, 200 documents',
    ]);
    assert.ok(all.length < 100, `said ${all.length} times`);
  });

  it('has no value of a document, a filter, an update or an error, and of a command no text that is no name', async () => {
    const { run, all, lines } = told();
    const texts = [
      'db.fresh.insertOne({ _id: "Wren", mail: "wren@example.com" })',
      'db.fresh.insertMany([{ _id: "Ibis" }, { _id: "Wren" }])',
      'db.fresh.updateOne({ mail: "wren@example.com" }, { $set: { mail: "ibis@example.com" } })',
      'db.fresh.deleteOne({ _id: "Ibis" }, { comment: "Wren again" })',
      'db.fresh.bulkWrite([{ deleteOne: { filter: { _id: "Wren" } } }])',
      'db.fresh.createIndex({ mail: 1 }, { partialFilterExpression: { mail: "wren@example.com" } })',
      'db.runCommand({ nonsense: "Wren", more: "Ibis" })',
      'db.runCommand({ createUser: "wren", pwd: "Wren-and-Ibis", roles: [] })',
    ];
    for (const text of texts) await run([text]);
    assert.equal(lines()[0], 'insert shop.fresh: 2 sent, 1 done, 1 failed, 2 documents (11000)');
    assert.deepEqual(
      all
        .filter(({ command }) => /nonsense|createUser/.test(command))
        .map(({ collection, detail }) => [collection, detail]),
      [
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
    assert.doesNotMatch(JSON.stringify(all), /wren|ibis/i);
  });

  it('is counted once where a token ends in the middle, and it is sent again', async () => {
    const { run, lines } = told();
    await run(['db.fresh.insertOne({ a: 1 })']);
    gateway().faults.expireNext();
    await run(['db.fresh.insertOne({ a: 1 })', 'db.fresh.insertOne({ a: 1 })']);
    assert.deepEqual(lines(), ['insert shop.fresh: 3 sent, 3 done, 0 failed, 3 documents']);
  });

  it('is told before its end, and of what is lost on the way nobody says how it ended', async () => {
    const { run, runner, lines } = told();
    gateway().faults.hang('insert');
    const running = run(['db.fresh.insertOne({ a: 1 })']);
    await eventually(() => assert.deepEqual(lines(), ['insert shop.fresh: 1 sent, 0 done, 0 failed']));
    await runner.reset();
    await running;
    assert.deepEqual(lines(), ['insert shop.fresh: 1 sent, 0 done, 0 failed']);
  });

  it('has an end, however many collections a script makes', async () => {
    const { run, lines } = told();
    await run(['for (let one = 0; one < 150; one++) db.createCollection(`c${one}`)']);
    assert.equal(lines().length, 101);
    assert.equal(lines().at(-1), 'create shop.*: 50 sent, 50 done, 0 failed');
  });
});
