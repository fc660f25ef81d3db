import assert from 'node:assert/strict';
import type { Db, Document, MongoClient } from 'mongodb';
import { Store } from './storage/store.ts';
import { Trial, codeOf, failureOf, people, serverErrorOf } from './trial.ts';

const readWrite = [
  { role: 'clusterAdmin', db: 'admin' },
  { role: 'readWriteAnyDatabase', db: 'admin' },
];
const readOnly = [{ role: 'readAnyDatabase', db: 'admin' }];

function identityProvider(principalType = 'user'): Document {
  return { IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType } } };
}

describe('the gateway: roles', () => {
  let trial: Trial;
  let admin: Db;
  before(async () => {
    trial = await Trial.start();
    admin = trial.as(people.admin).db('admin');
    await admin.command({ createUser: people.writer, roles: readWrite, customData: identityProvider() });
    await admin.command({
      createUser: people.reader,
      roles: readOnly,
      customData: identityProvider('servicePrincipal'),
    });
    await trial.as(people.admin).db('shop').collection('items').insertOne({ n: 1 });
  });
  after(() => trial.stop());

  const unauthorized = { code: 13, errmsg: 'User is not authorized to perform this action' };

  it('says who has which', async () => {
    const rolesOf = async (oid: string): Promise<unknown> => {
      const status = await trial.as(oid).db('admin').command({ connectionStatus: 1, showPrivileges: true });
      assert.ok(Array.isArray(status['authInfo'].authenticatedUserPrivileges));
      return status['authInfo'].authenticatedUserRoles;
    };
    assert.deepEqual(await rolesOf(people.admin), [{ role: 'root', db: 'admin' }]);
    assert.deepEqual(await rolesOf(people.writer), readWrite);
    assert.deepEqual(await rolesOf(people.reader), readOnly);
  });

  it('lets a reader read everything and write nothing', async () => {
    const client = trial.as(people.reader);
    const shop = client.db('shop');
    const items = shop.collection('items');
    assert.equal(await items.countDocuments(), 1);
    assert.equal((await items.find().toArray()).length, 1);
    assert.equal((await client.db('admin').admin().listDatabases()).databases.length, 1);
    assert.equal((await shop.listCollections().toArray()).length, 1);
    assert.equal((await items.listIndexes().toArray()).length, 1);
    await shop.command({ collStats: 'items' });
    await shop.command({ explain: { find: 'items' } });
    for (const attempt of [
      () => items.insertOne({ n: 2 }),
      () => items.updateOne({}, { $set: { n: 2 } }),
      () => items.deleteOne({}),
      () => items.findOneAndDelete({}),
      () => items.aggregate([{ $out: 'copy' }]).toArray(),
      () => items.aggregate([{ $merge: 'copy' }]).toArray(),
      () => items.createIndex({ n: 1 }),
      () => items.drop(),
      () => shop.createCollection('other'),
      () => shop.dropDatabase(),
      () => client.db('admin').command({ currentOp: 1 }),
    ]) {
      assert.deepEqual(await failureOf(attempt()), unauthorized, attempt.toString());
    }
    assert.equal(await items.countDocuments(), 1);
  });

  it('lets a writer read and write, and not manage people', async () => {
    const client = trial.as(people.writer);
    await client.db('shop').collection('other').insertOne({ n: 1 });
    await client.db('shop').collection('other').drop();
    const own = client.db('admin');
    const create = { createUser: people.stranger, roles: readOnly, customData: identityProvider() };
    assert.deepEqual(await failureOf(own.command(create)), unauthorized);
    assert.deepEqual(await failureOf(own.command({ dropUser: people.reader })), unauthorized);
    assert.ok((await own.command({ usersInfo: 1 }))['users'].length >= 3);
  });

  it('refuses half of the pair, or lets it connect and fail with its first command', async () => {
    const half = [{ role: 'clusterAdmin', db: 'admin' }];
    const create = { createUser: people.stranger, roles: half, customData: identityProvider() };
    assert.equal(await codeOf(admin.command(create)), 31);
    trial.cluster.takesHalfRoles = true;
    for (const [oid, role] of [
      ['44444444-4444-4444-8444-444444444444', 'readWriteAnyDatabase'],
      ['55555555-5555-4555-8555-555555555555', 'clusterAdmin'],
    ] as const) {
      await admin.command({
        createUser: oid,
        roles: [{ role, db: 'admin' }],
        customData: identityProvider(),
      });
      const client = trial.as(oid);
      await client.connect();
      const status = await client.db('admin').command({ connectionStatus: 1 });
      assert.deepEqual(status['authInfo'].authenticatedUserRoles, [{ role, db: 'admin' }]);
      assert.deepEqual(await failureOf(client.db('shop').collection('items').findOne()), unauthorized);
      assert.deepEqual(await failureOf(client.db('shop').collection('items').insertOne({})), unauthorized);
    }
  });

  it('takes away what a role gave as soon as the user is dropped', async () => {
    const oid = '66666666-6666-4666-8666-666666666666';
    await admin.command({ createUser: oid, roles: readOnly, customData: identityProvider() });
    const client = trial.as(oid);
    await client.db('shop').collection('items').findOne();
    await admin.command({ dropUser: oid });
    assert.deepEqual(await failureOf(client.db('shop').collection('items').findOne()), unauthorized);
    assert.deepEqual(await failureOf(trial.as(oid).connect()), {
      code: 18,
      errmsg: 'External identity is not present in the system.',
    });
  });
});

describe('the gateway: people', () => {
  let trial: Trial;
  let admin: Db;
  beforeEach(async () => {
    trial = await Trial.start();
    admin = trial.as(people.admin).db('admin');
  });
  afterEach(() => trial.stop());

  function native(): MongoClient {
    const auth = { username: 'clusteradmin', password: 'Correct,horse=battery 1' };
    return trial.client(trial.uri(), { auth, authMechanism: 'SCRAM-SHA-256' });
  }

  const create = (changes: Document = {}): Promise<Document> =>
    admin.command({ createUser: people.reader, roles: readOnly, customData: identityProvider(), ...changes });

  it('creates a user of the directory, and describes it', async () => {
    assert.deepEqual(await create(), { ok: 1 });
    assert.deepEqual(await admin.command({ usersInfo: people.reader }), {
      users: [
        {
          _id: `admin.${people.reader}`,
          userId: `admin.${people.reader}`,
          user: people.reader,
          db: 'admin',
          roles: readOnly,
          customData: identityProvider(),
        },
      ],
      ok: 1,
    });
  });

  it('lists administrators, the native one, and users alike', async () => {
    await create();
    for (const usersInfo of [1, { forAllDBs: true }]) {
      const { users } = await admin.command({ usersInfo });
      assert.deepEqual(
        users.map(({ user, roles, customData }: Document) => [user, roles[0].role, customData !== undefined]),
        [
          [people.admin, 'root', true],
          [people.reader, 'readAnyDatabase', true],
          ['clusteradmin', 'root', false],
        ],
      );
    }
    const byName = await admin.command({ usersInfo: { user: people.reader, db: 'admin' } });
    assert.equal(byName['users'].length, 1);
  });

  it('has no list at all for nobody', async () => {
    assert.deepEqual(await admin.command({ usersInfo: people.stranger }), { ok: 1 });
  });

  it('refuses privileges of everybody at once', async () => {
    assert.equal(await codeOf(admin.command({ usersInfo: 1, showPrivileges: true })), 2);
    await admin.command({ usersInfo: people.admin, showPrivileges: true });
  });

  it('answers on admin alone', async () => {
    const shop = trial.as(people.admin).db('shop');
    assert.equal(
      await codeOf(
        shop.command({ createUser: people.reader, roles: readOnly, customData: identityProvider() }),
      ),
      2,
    );
    assert.equal(await codeOf(shop.command({ dropUser: people.reader })), 2);
    assert.equal(await codeOf(shop.command({ usersInfo: 1 })), 2);
  });

  it('refuses what a user of the directory cannot have', async () => {
    assert.deepEqual(await failureOf(create({ pwd: 'secret' })), {
      code: 2,
      errmsg: 'Password is not allowed when using an external identity provider.',
    });
    assert.equal(await codeOf(create({ customData: { ...identityProvider(), team: 'sales' } })), 2);
    assert.equal(await codeOf(create({ customData: identityProvider('group') })), 2);
    assert.equal(await codeOf(create({ createUser: 'documentdb_x' })), 2);
    assert.equal(await codeOf(create({ createUser: 'pg_x' })), 2);
    assert.equal(await codeOf(create({ roles: [] })), 2);
    assert.equal(await codeOf(create({ roles: [{ role: 'readAnyDatabase', db: 'shop' }] })), 2);
  });

  it('has the roles that it has, and no others', async () => {
    assert.deepEqual(await failureOf(create({ roles: [{ role: 'readWrite', db: 'shop' }] })), {
      code: 31,
      errmsg: "The specified value for the role is invalid: 'readWrite'.",
    });
    assert.equal(await codeOf(create({ roles: [{ role: 'root', db: 'admin' }] })), 31);
    assert.equal(await codeOf(create({ roles: [...readOnly, ...readWrite] })), 31);
    for (const role of readWrite) assert.equal(await codeOf(create({ roles: [role] })), 31, role.role);
  });

  it('refuses the same user twice', async () => {
    await create();
    assert.equal(await codeOf(create()), 51003);
    assert.equal(await codeOf(create({ createUser: people.admin })), 51003);
  });

  it('never changes a user of the directory, and changes no roles', async () => {
    await create();
    assert.equal(await codeOf(admin.command({ updateUser: people.reader, pwd: 'x' })), 115);
    assert.deepEqual(await failureOf(admin.command({ updateUser: people.reader, roles: readWrite })), {
      code: 2,
      errmsg: 'Role updates are currently unsupported.',
    });
  });

  it('drops whom it knows', async () => {
    await create();
    assert.deepEqual(await admin.command({ dropUser: people.reader }), { ok: 1 });
    assert.equal(await codeOf(admin.command({ dropUser: people.reader })), 11);
    assert.equal(
      await codeOf(admin.command({ dropUser: people.admin })),
      13,
      "an administrator is Resource Manager's",
    );
    assert.equal(await codeOf(admin.command({ dropUser: 'clusteradmin' })), 13);
  });

  it('serves no commands about roles', async () => {
    assert.equal(await codeOf(admin.command({ rolesInfo: 1 })), 115);
    assert.equal(await codeOf(admin.command({ createRole: 'mine', privileges: [], roles: [] })), 115);
    assert.equal(await codeOf(admin.command({ grantRolesToUser: people.reader, roles: readWrite })), 115);
  });

  it('keeps native users for native administrators', async () => {
    const user = { createUser: 'reporting', pwd: 'A,long=one 2', roles: readOnly };
    assert.equal(await codeOf(admin.command(user)), 13);
    const own = native().db('admin');
    assert.deepEqual(await own.command(user), { ok: 1 });
    const { users } = await own.command({ usersInfo: 'reporting' });
    assert.deepEqual(users, [
      { _id: 'admin.reporting', userId: 'admin.reporting', user: 'reporting', db: 'admin', roles: readOnly },
    ]);

    const signIn = (password: string): MongoClient =>
      trial.client(trial.uri(), {
        auth: { username: 'reporting', password },
        authMechanism: 'SCRAM-SHA-256',
      });
    await signIn('A,long=one 2').db('shop').collection('items').findOne();
    assert.equal(await codeOf(signIn('A,long=one 2').db('shop').collection('items').insertOne({})), 13);
    assert.deepEqual(await own.command({ updateUser: 'reporting', pwd: 'another one' }), { ok: 1 });
    assert.equal(await codeOf(signIn('A,long=one 2').connect()), 18);
    await signIn('another one').connect();

    assert.equal(await codeOf(admin.command({ dropUser: 'reporting' })), 13);
    trial.cluster.allowedModes = ['MicrosoftEntraID'];
    assert.equal(await codeOf(admin.command({ dropUser: 'reporting' })), 115);
    assert.equal(await codeOf(admin.command({ ...user, createUser: 'other' })), 115);
  });

  it('stops at a hundred', async () => {
    for (let number = 1; number < 100; number++) {
      await create({ createUser: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` });
    }
    const { errmsg } = await failureOf(create());
    assert.equal(errmsg, 'Exceeded the limit of 100 user roles.');
  });
});

describe('the gateway: a replica', () => {
  let primary: Trial;
  let replica: Trial;
  before(async () => {
    const store = new Store();
    primary = await Trial.start({}, { store });
    replica = await Trial.start({ name: 'orders-us', readOnly: true }, { store });
  });
  after(async () => {
    await replica.stop();
    await primary.stop();
  });

  it('has the documents and the people of its primary', async () => {
    const admin = primary.as(people.admin).db('admin');
    await admin.command({ createUser: people.reader, roles: readOnly, customData: identityProvider() });
    await primary.as(people.admin).db('shop').collection('items').insertOne({ n: 1 });
    assert.equal(await replica.as(people.reader).db('shop').collection('items').countDocuments(), 1);
  });

  it('refuses every write, to documents and to people', async () => {
    const client = replica.as(people.admin);
    const items = client.db('shop').collection('items');
    const refused = { code: 20, errmsg: 'Cannot execute the operation on this replica cluster' };
    const shop = client.db('shop');
    // As commands: the driver's own write methods put a text about retryable writes in the place of every code 20.
    assert.deepEqual(await failureOf(shop.command({ insert: 'items', documents: [{}] })), refused);
    const update = { q: {}, u: { $set: { n: 2 } }, multi: true };
    assert.deepEqual(await failureOf(shop.command({ update: 'items', updates: [update] })), refused);
    assert.deepEqual(
      await failureOf(shop.command({ delete: 'items', deletes: [{ q: {}, limit: 0 }] })),
      refused,
    );
    assert.deepEqual(await failureOf(shop.command({ drop: 'items' })), refused);
    assert.deepEqual(
      await failureOf(shop.command({ aggregate: 'items', pipeline: [{ $out: 'copy' }], cursor: {} })),
      refused,
    );
    const hidden = await serverErrorOf(items.insertOne({}));
    assert.equal(hidden['originalError'].code, 20);
    const create = { createUser: people.writer, roles: readWrite, customData: identityProvider() };
    assert.deepEqual(await failureOf(client.db('admin').command(create)), refused);
    assert.equal((await items.find().toArray()).length, 1);
  });
});
