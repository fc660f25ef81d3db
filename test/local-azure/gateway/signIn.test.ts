import assert from 'node:assert/strict';
import { Trial, people } from './trial.ts';

describe('the gateway: signing in', () => {
  let trial: Trial;
  beforeEach(async () => {
    trial = await Trial.start();
  });
  afterEach(() => trial.stop());

  it('takes a token and says who it was', async () => {
    const client = trial.as(people.admin);
    const items = client.db('shop').collection('items');
    await items.insertMany([{ n: 1 }, { n: 2 }]);
    assert.equal((await items.find().toArray()).length, 2);
    const status = await client.db('admin').command({ connectionStatus: 1 });
    assert.deepEqual(status, {
      authInfo: {
        authenticatedUsers: [{ user: people.admin, db: 'admin' }],
        authenticatedUserRoles: [{ role: 'root', db: 'admin' }],
      },
      ok: 1,
    });
  });
});
