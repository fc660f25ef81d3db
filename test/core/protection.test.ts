import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Int32 } from 'bson';
import {
  effectOf,
  effectOfBulk,
  readingCommands,
  readingMethods,
  writingMethods,
} from '../../src/core/playground/protection.ts';
import type { Effect } from '../../src/core/playground/protection.ts';

/** An effect in one line, with what is not as usual. */
function line(effect: Effect | undefined): string {
  if (effect === undefined) return 'reads';
  const { everything, database, collection, detail, count } = effect;
  return [
    effect.effect,
    ...(everything ? ['everything'] : []),
    [database, collection].filter((part) => part !== undefined).join('/'),
    ...(count === undefined ? [] : [`#${count}`]),
    ...(detail === undefined ? [] : [`(${detail})`]),
  ].join(' ');
}
const call = (method: string, ...args: readonly unknown[]): string => line(effectOf(method, args));
const command = (spec: unknown): string => {
  const [first, ...others] = ['runCommand', 'runCommandWithCheck', 'runCursorCommand'].map((method) =>
    call(method, 'shop', spec, {}),
  );
  for (const other of others) assert.equal(other, first);
  return first ?? '';
};

describe('what a call changes', () => {
  it('is known of every method that the shell has for a database', () => {
    const folder = join(import.meta.dirname, '../../node_modules/@mongosh/service-provider-core/lib');
    const methods = ['readable', 'writable', 'admin', 'closable'].flatMap((name) => {
      const [, body = ''] = readFileSync(join(folder, `${name}.d.ts`), 'utf8').split(
        'export default interface',
      );
      return [...body.matchAll(/^ {4}(\w+)\??(?:\(|: \()/gm)].map(([, method = '']) => method);
    });
    assert.ok(methods.length > 50, `${methods.length}`);
    const known = [...readingMethods, ...writingMethods.keys()];
    assert.deepEqual(methods.toSorted(), known.toSorted());
  });

  it('is said of each method that writes', () => {
    const on = ['shop', 'orders'] as const;
    assert.equal(call('insertOne', ...on, {}), 'insert shop/orders #1');
    assert.equal(call('insertMany', ...on, [{}, {}]), 'insert shop/orders #2');
    assert.equal(call('updateOne', ...on, {}, {}), 'update shop/orders');
    assert.equal(call('updateMany', ...on, { a: 1 }, {}), 'update shop/orders');
    assert.equal(call('updateMany', ...on, {}, {}), 'update everything shop/orders');
    assert.equal(call('replaceOne', ...on, {}, {}), 'replace shop/orders');
    assert.equal(call('deleteOne', ...on, {}), 'delete shop/orders');
    assert.equal(call('deleteMany', ...on, { a: 1 }), 'delete shop/orders');
    assert.equal(call('deleteMany', ...on, {}), 'delete everything shop/orders');
    assert.equal(call('findOneAndDelete', ...on, {}), 'delete shop/orders');
    assert.equal(call('findOneAndReplace', ...on, {}, {}), 'replace shop/orders');
    assert.equal(call('findOneAndUpdate', ...on, {}, {}), 'update shop/orders');
    assert.equal(call('dropDatabase', 'shop', {}), 'drop everything shop');
    assert.equal(call('dropCollection', ...on, {}), 'drop everything shop/orders');
    assert.equal(call('renameCollection', ...on, 'old'), 'rename shop/orders (old)');
    assert.equal(call('createCollection', ...on, {}), 'create shop/orders');
    assert.equal(call('createEncryptedCollection', ...on, {}), 'create shop/orders');
    assert.equal(
      call('createIndexes', ...on, [{ key: { a: 1, b: new Int32(-1) } }, { key: { c: 1 }, name: 'by c' }]),
      'index shop/orders (a_1_b_-1, by c)',
    );
    assert.equal(call('createSearchIndexes', ...on, [{ name: 's' }]), 'index shop/orders (s)');
    assert.equal(call('updateSearchIndex', ...on, 's', {}), 'index shop/orders (s)');
    assert.equal(call('dropSearchIndex', ...on, 's'), 'dropIndex shop/orders (s)');
    assert.match(call('createClientEncryption', {}), /^command/);
    assert.equal(call('somethingNew', 'shop'), 'command  (somethingNew)');
  });

  it('is nothing where something is only read', () => {
    assert.equal(call('find', 'shop', 'orders', {}), 'reads');
    assert.equal(call('aggregate', 'shop', 'orders', [{ $match: {} }, { $group: { _id: null } }]), 'reads');
    assert.equal(call('aggregate', 'shop', 'orders', []), 'reads');
    assert.equal(call('aggregateDb', 'admin', [{ $currentOp: {} }]), 'reads');
    assert.equal(call('watch', [], {}), 'reads');
  });

  it('is said of a pipeline that writes what comes out of it', () => {
    const pipeline = (stage: unknown): readonly string[] => [
      call('aggregate', 'shop', 'orders', [{ $match: {} }, stage]),
      command({ aggregate: 'orders', pipeline: [{ $match: {} }, stage], cursor: {} }),
      call('aggregateDb', 'shop', [stage]),
    ];
    const all = (said: string): readonly string[] => [said, said, said];
    assert.deepEqual(pipeline({ $out: 'sums' }), all('replace everything shop/sums'));
    assert.deepEqual(pipeline({ $out: { db: 'old', coll: 'sums' } }), all('replace everything old/sums'));
    assert.deepEqual(pipeline(new Map([['$out', 'sums']])), all('replace everything shop/sums'));
    assert.deepEqual(pipeline({ $merge: 'sums' }), all('update shop/sums'));
    assert.deepEqual(pipeline({ $merge: { into: 'sums' } }), all('update shop/sums'));
    assert.deepEqual(pipeline({ $merge: { into: { db: 'old', coll: 'sums' } } }), all('update old/sums'));
  });

  it('is everything where nothing escapes the filter', () => {
    const everything = [
      {},
      undefined,
      { $comment: 'all of them' },
      { $and: [{}, {}] },
      { $or: [{ a: 1 }, {}] },
      { $expr: true },
      { _id: { $exists: true } },
    ];
    for (const filter of everything)
      assert.equal(call('deleteMany', 'shop', 'orders', filter), 'delete everything shop/orders');
    const some = [
      { _id: 1 },
      { $and: [{}, { a: 1 }] },
      { $or: [{ a: 1 }] },
      { _id: { $exists: false } },
      { $nor: [{}] },
    ];
    for (const filter of some)
      assert.equal(call('deleteMany', 'shop', 'orders', filter), 'delete shop/orders');
  });

  it('is what hurts most of several changes at once, with what they are', () => {
    assert.equal(
      call('bulkWrite', 'shop', 'orders', [
        { insertOne: { document: {} } },
        { insertOne: { document: {} } },
        { updateMany: { filter: {}, update: {} } },
        { deleteOne: { filter: {} } },
      ]),
      'delete shop/orders #4 (insertOne × 2, updateMany × 1, deleteOne × 1)',
    );
    assert.equal(
      call('bulkWrite', 'shop', 'orders', [{ deleteMany: { filter: {} } }]),
      'delete everything shop/orders #1',
    );
    assert.equal(call('bulkWrite', 'shop', 'orders', [{ somethingNew: {} }]), 'command shop/orders #1');
    assert.equal(call('bulkWrite', 'shop', 'orders', 'nonsense'), 'command shop/orders');
    const models = (...spaces: readonly string[]): readonly unknown[] =>
      spaces.map((namespace) => ({ name: 'updateMany', namespace, filter: {}, update: {} }));
    assert.equal(call('clientBulkWrite', models('shop.a.b', 'shop.a.b')), 'update everything shop/a.b #2');
    assert.equal(call('clientBulkWrite', models('shop.a', 'shop.b')), 'update everything shop #2');
    assert.equal(call('clientBulkWrite', models('shop.a', 'old.b')), 'update everything  #2');
  });

  it('is said of a list of changes when it is executed', () => {
    assert.equal(call('initializeBulkOp', 'shop', 'orders', true), 'reads');
    const batches = [
      { batchType: 1, operations: [{ a: 1 }] },
      {
        batchType: 2,
        operations: [
          { q: {}, u: { $set: { a: 1 } }, multi: true },
          { q: {}, u: { a: 1 } },
        ],
      },
      { batchType: 3, operations: [{ q: {}, limit: 1 }] },
    ];
    assert.equal(
      line(effectOfBulk('shop', 'orders', batches)),
      'delete shop/orders #4 (insert × 1, updateMany × 1, replaceOne × 1, deleteOne × 1)',
    );
    assert.equal(line(effectOfBulk('shop', 'orders', undefined)), 'command shop/orders');
  });
});

describe('what a command changes', () => {
  it('is nothing for those that read', () => {
    for (const name of readingCommands) assert.equal(command({ [name]: 1 }), 'reads', name);
    assert.equal(command({ explain: { delete: 'orders', deletes: [{ q: {}, limit: 0 }] } }), 'reads');
    assert.equal(command({ mapReduce: 'orders', out: { inline: 1 } }), 'reads');
    assert.equal(command({ validate: 'orders', full: true }), 'reads');
    assert.equal(command({ profile: -1 }), 'reads');
    assert.equal(command({ customAction: 'GetCollection', collection: 'orders' }), 'reads');
  });

  it('is said where it writes documents', () => {
    assert.equal(command({ insert: 'orders', documents: [{}, {}] }), 'insert shop/orders #2');
    assert.equal(
      command({ update: 'orders', updates: [{ q: {}, u: { $set: {} }, multi: true }] }),
      'update everything shop/orders #1',
    );
    assert.equal(
      command({ update: 'orders', updates: [{ q: {}, u: [{ $set: {} }] }] }),
      'update shop/orders #1',
    );
    assert.equal(command({ update: 'orders', updates: [{ q: {}, u: { a: 1 } }] }), 'replace shop/orders #1');
    assert.equal(
      command({ delete: 'orders', deletes: [{ q: {}, limit: new Int32(0) }] }),
      'delete everything shop/orders #1',
    );
    assert.equal(command({ delete: 'orders', deletes: [{ q: {}, limit: 1 }] }), 'delete shop/orders #1');
    assert.equal(command({ delete: 'orders' }), 'command shop/orders');
    assert.equal(command({ findAndModify: 'orders', remove: true }), 'delete shop/orders');
    assert.equal(command({ findAndModify: 'orders', update: { $set: {} } }), 'update shop/orders');
    assert.equal(command({ findandmodify: 'orders', update: { a: 1 } }), 'replace shop/orders');
    assert.equal(
      command({
        bulkWrite: 1,
        ops: [
          { insert: 0, document: {} },
          { delete: 0, filter: {}, multi: true },
        ],
        nsInfo: [{ ns: 'shop.orders' }],
      }),
      'delete everything shop/orders #2 (insert × 1, deleteMany × 1)',
    );
    assert.equal(command({ mapReduce: 'orders', out: 'sums' }), 'replace everything shop/sums');
    assert.equal(command({ mapReduce: 'orders', out: { merge: 'sums', db: 'old' } }), 'update old/sums');
    assert.equal(command({ emptycapped: 'log' }), 'delete everything shop/log');
  });

  it('is said where it makes, renames or drops something', () => {
    assert.equal(command({ create: 'orders' }), 'create shop/orders');
    assert.equal(command({ cloneCollectionAsCapped: 'orders', toCollection: 'log' }), 'create shop/log');
    assert.equal(command({ drop: 'orders' }), 'drop everything shop/orders');
    assert.equal(command({ dropDatabase: 1 }), 'drop everything shop');
    assert.equal(
      command({ renameCollection: 'shop.orders', to: 'shop.a.b' }),
      'rename shop/orders (shop.a.b)',
    );
    assert.equal(
      command({ createIndexes: 'orders', indexes: [{ key: { a: 1 }, name: 'x' }] }),
      'index shop/orders (x)',
    );
    assert.equal(command({ dropIndexes: 'orders', index: '*' }), 'dropIndex everything shop/orders');
    assert.equal(
      command({ dropIndexes: 'orders', index: ['a_1', 'b_1'] }),
      'dropIndex shop/orders (a_1, b_1)',
    );
    assert.equal(command({ dropIndexes: 'orders', index: { a: 1 } }), 'dropIndex shop/orders (a_1)');
    assert.equal(command({ dropSearchIndex: 'orders', name: 's' }), 'dropIndex shop/orders (s)');
  });

  it('is counted as a change where it is any other, also one that nobody knows', () => {
    const others =
      'createUser updateUser dropUser dropAllUsersFromDatabase grantRolesToUser revokeRolesFromUser createRole updateRole ' +
      'dropRole grantPrivilegesToRole invalidateUserCache collMod convertToCapped compact setParameter killOp killSessions ' +
      'fsync shutdown replSetReconfig replSetStepDown shardCollection enableSharding moveChunk setFeatureCompatibilityVersion ' +
      'setDefaultRWConcern applyOps configureFailPoint logRotate cloneCollection copydb planCacheClear setProfilingLevel ' +
      'commitTransaction abortTransaction refineCollectionShardKey reshardCollection somethingNew FIND Drop';
    for (const name of others.split(' '))
      assert.equal(command({ [name]: 'x' }), `command shop (${name} x)`, name);
    assert.equal(command({ profile: 2 }), 'command shop (profile)');
    assert.equal(command({ validate: 'orders', repair: true }), 'command shop/orders (validate)');
    assert.equal(
      command({ customAction: 'CreateCollection', collection: 'a' }),
      'command shop/a (customAction CreateCollection)',
    );
    assert.equal(command(new Map([['drop', 'orders']])), 'drop everything shop/orders');
    assert.equal(command({}), 'command shop ()');
    assert.equal(command(undefined), 'command shop ()');
  });
});
