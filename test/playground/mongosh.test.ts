import assert from 'node:assert/strict';
import { EJSON } from 'bson';
import { startAzure } from '../core/stage.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { runInMongosh } from './mongosh.ts';
import { refusals } from './refusals.ts';
import { databaseOf, normalised } from './script.ts';
import type { Answer } from './script.ts';
import { scripts } from './scripts.ts';
import { connect } from './stage.ts';

describe('mongosh', function () {
  this.timeout(120_000);
  let azure: LocalAzure;
  let answers: ReadonlyMap<string, Answer>;
  before(async () => {
    azure = await startAzure({ gateways: true });
    const connection = await connect(azure);
    try {
      const refused = refusals.map((refusal) => ({ ...refusal, name: refusal.method }));
      answers = await runInMongosh([...scripts, ...refused], connection);
    } finally {
      await connection.close();
    }
  });
  after(() => azure.close());

  const answerTo = (name: string): Answer => answers.get(name) ?? assert.fail(`${name} has no answer`);

  it('answers every script', () => {
    for (const { name } of scripts) assert.equal(answerTo(name).failure, undefined, name);
  });

  for (const [index, script] of scripts.entries()) {
    if (!('answer' in script)) continue;
    it(`answers ${script.name} as it has to`, () => {
      const { value } = answerTo(script.name);
      const wanted = EJSON.stringify(script.answer, undefined, undefined, { relaxed: false });
      assert.ok(value !== undefined);
      assert.deepEqual(
        normalised(value, { ...script, database: databaseOf(index) }),
        JSON.parse(wanted) as unknown,
      );
    });
  }

  for (const { name, printed } of scripts) {
    if (printed)
      it(`prints for ${name} what it has to`, () => assert.deepEqual(answerTo(name).printed, printed));
  }

  it('is refused what the service does not serve, with its code', () => {
    for (const { method, code } of refusals) assert.equal(answerTo(method).code, code, method);
  });
});
