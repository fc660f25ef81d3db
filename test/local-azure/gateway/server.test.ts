import assert from 'node:assert/strict';
import { Double, Int32, Long, Timestamp } from 'mongodb';
import type { Document } from 'mongodb';
import { Trial, codeOf, exactly, failureOf, people } from './trial.ts';
import type { ExactDb } from './trial.ts';

const one = new Double(1);

describe('the gateway: commands about the server', () => {
  let trial: Trial;
  let shop: ExactDb;
  let admin: ExactDb;
  beforeEach(async () => {
    trial = await Trial.start();
    const client = trial.as(people.admin);
    shop = exactly(client.db('shop'));
    admin = exactly(client.db('admin'));
  });
  afterEach(() => trial.stop());

  const insert = (name: string, ...documents: Document[]): Promise<Document> =>
    shop.command({ insert: name, documents });

  describe('about the server', () => {
    it('answers with ok and nothing else where there is nothing to say', async () => {
      for (const name of ['ping', 'endSessions', 'killSessions', 'whatsmyuri']) {
        assert.deepEqual(
          await admin.command({ [name]: name.endsWith('Sessions') ? [] : 1 }),
          { ok: one },
          name,
        );
      }
    });

    it('tells its version, and no more of its build than the service does', async () => {
      trial.cluster.serverVersion = '7.0';
      const info = await admin.command({ buildInfo: 1 });
      assert.deepEqual(Object.keys(info), [
        'version',
        'versionArray',
        'bits',
        'maxBsonObjectSize',
        'internal',
        'ok',
      ]);
      assert.equal(info['version'], '7.0.0');
      assert.deepEqual(
        info['versionArray'],
        [7, 0, 0, 0].map((part) => new Int32(part)),
      );
      assert.deepEqual(info['bits'], new Int32(64));
      assert.deepEqual(info['ok'], one);
    });

    it('knows nothing of its host', async () => {
      const info = await admin.command({ hostInfo: 1 });
      assert.ok(info['system'].currentTime instanceof Timestamp);
      delete info['system'].currentTime;
      assert.deepEqual(info, {
        system: { memSizeMB: new Int32(0) },
        os: { name: '', type: '' },
        extra: { cpuFrequencyMHz: new Int32(0) },
        ok: one,
      });
    });

    it('has empty logs and options', async () => {
      assert.deepEqual(await admin.command({ getLog: 'startupWarnings' }), {
        log: [],
        totalLinesWritten: new Int32(0),
        ok: one,
      });
      assert.deepEqual(await admin.command({ getCmdLineOpts: 1 }), { argv: [], ok: one });
      const { hostname, ...rest } = await admin.command({ isdbgrid: 1 });
      assert.equal(typeof hostname, 'string');
      assert.deepEqual(rest, { isdbgrid: one, ok: one });
    });

    it('tells concerns and parameters on admin alone', async () => {
      assert.deepEqual(await admin.command({ getDefaultRWConcern: 1 }), {
        defaultReadConcern: { level: 'majority' },
        defaultWriteConcern: { w: 'majority', wtimeout: new Int32(0) },
        defaultReadConcernSource: 'implicit',
        defaultWriteConcernSource: 'implicit',
        ok: one,
      });
      assert.equal(await codeOf(shop.command({ getDefaultRWConcern: 1 })), 13);
      assert.equal(await codeOf(shop.command({ getParameter: 1, featureCompatibilityVersion: 1 })), 13);
      const version = await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 });
      assert.deepEqual(version['featureCompatibilityVersion'], { version: '8.0' });
    });

    it('does not serve what the service does not', async () => {
      for (const name of ['serverStatus', 'top', 'replSetGetStatus', 'startSession', 'connPoolStats']) {
        assert.deepEqual(await failureOf(admin.command({ [name]: 1 })), {
          code: 115,
          errmsg: `Command '${name}' not supported.`,
        });
      }
      assert.equal(await codeOf(admin.command({ atlasVersion: 1 })), 59);
    });
  });

  describe('about databases and collections', () => {
    it('lists a database while it has a collection', async () => {
      assert.deepEqual(await admin.command({ listDatabases: 1 }), {
        databases: [],
        totalSize: Long.ZERO,
        ok: one,
      });
      await insert('items', {});
      assert.deepEqual(await admin.command({ listDatabases: 1 }), {
        databases: [{ name: 'shop', sizeOnDisk: Long.ZERO, empty: false }],
        totalSize: Long.ZERO,
        ok: one,
      });
      assert.deepEqual(await admin.command({ listDatabases: 1, nameOnly: true }), {
        databases: [{ name: 'shop' }],
        ok: one,
      });
      await shop.command({ drop: 'items' });
      assert.deepEqual((await admin.command({ listDatabases: 1 }))['databases'], []);
      assert.equal(await codeOf(shop.command({ listDatabases: 1 })), 13);
    });

    it('does not list the databases of the system', async () => {
      await admin.command({ insert: 'things', documents: [{}] });
      assert.deepEqual((await admin.command({ listDatabases: 1 }))['databases'], []);
    });

    it('takes two names that differ in case for a clash', async () => {
      await insert('items', {});
      const other = shop.client.db('SHOP');
      assert.match(String((await failureOf(other.command({ create: 'items' }))).errmsg), /different case/);
    });

    it('lists collections and views', async () => {
      await insert('items', {});
      await shop.command({ create: 'few', viewOn: 'items', pipeline: [{ $limit: 1 }] });
      const { cursor, ok } = await shop.command({ listCollections: 1 });
      assert.deepEqual(ok, one);
      assert.deepEqual([cursor.id, cursor.ns], [Long.ZERO, 'shop.$cmd.ListCollections']);
      const [items, few] = cursor.firstBatch;
      assert.equal(items.info.uuid.sub_type, 4);
      delete items.info.uuid;
      assert.deepEqual(items, {
        name: 'items',
        type: 'collection',
        options: {},
        info: { readOnly: false },
        idIndex: { v: new Int32(2), name: '_id_', key: { _id: new Int32(1) } },
      });
      assert.deepEqual(few, {
        name: 'few',
        type: 'view',
        options: { viewOn: 'items', pipeline: [{ $limit: new Int32(1) }] },
        info: { readOnly: true },
        idIndex: null,
      });
      const names = await shop.command({ listCollections: 1, nameOnly: true, filter: { type: 'view' } });
      assert.deepEqual(names['cursor'].firstBatch, [{ name: 'few', type: 'view' }]);
    });

    it('creates, renames and drops', async () => {
      assert.deepEqual(await shop.command({ create: 'items' }), { ok: one });
      assert.equal(await codeOf(shop.command({ create: 'items' })), 48);
      const rename = { renameCollection: 'shop.items', to: 'shop.wares' };
      assert.equal(await codeOf(shop.command(rename)), 13);
      assert.deepEqual(await admin.command(rename), { ok: one });
      assert.equal(await codeOf(admin.command(rename)), 26);
      const dropped = await shop.command({ drop: 'wares' });
      assert.deepEqual(Object.entries(dropped), [
        ['ok', one],
        ['dropped', 'wares'],
      ]);
      assert.deepEqual(await shop.command({ drop: 'wares' }), { ok: one, dropped: 'wares' });
      assert.deepEqual(await shop.command({ dropDatabase: 1 }), { ok: one, dropped: 'shop' });
    });

    it('refuses names that cannot be', async () => {
      assert.equal(await codeOf(insert('', {})), 73);
      assert.equal(await codeOf(shop.command({ create: 'a$b' })), 73);
      assert.equal(await codeOf(insert('system.users', {})), 73);
      assert.equal(await codeOf(shop.client.db('a/b').command({ create: 'items' })), 73);
    });

    it('measures collections and databases', async () => {
      await insert('items', { _id: 1, text: 'x'.repeat(100) }, { _id: 2 });
      const stats = await shop.command({ collStats: 'items' });
      assert.deepEqual(
        Object.keys(stats),
        `
        ns size count avgObjSize storageSize nindexes indexBuilds totalIndexSize totalSize indexSizes
        analyzedCount scaleFactor ok
      `
          .trim()
          .split(/\s+/),
      );
      assert.deepEqual(
        [stats['ns'], stats['count'], stats['nindexes'], stats['ok']],
        ['shop.items', new Int32(2), new Int32(1), new Int32(1)],
      );
      // Two documents of 14 bytes, and one of them with a string of 100: type, key, length, and a zero more.
      assert.deepEqual(stats['size'], new Int32(14 + 14 + 1 + 5 + 4 + 101));
      const all = await shop.command({ dbStats: 1 });
      assert.deepEqual(
        Object.keys(all),
        `
        db collections views objects avgObjSize dataSize storageSize indexes indexSize totalSize scaleFactor
        ok
      `
          .trim()
          .split(/\s+/),
      );
      assert.deepEqual(
        [all['collections'], all['objects'], all['ok']],
        [new Int32(1), new Int32(2), new Int32(1)],
      );
      assert.equal(await codeOf(shop.command({ dbStats: 1, scale: 'big' })), 14);
    });
  });
});
