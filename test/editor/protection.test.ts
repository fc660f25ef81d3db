import assert from 'node:assert/strict';
import { effectOf } from '../../src/core/playground/protection.ts';
import { effectWords } from '../../src/editor/playground/protectionWords.ts';

describe('what a statement is about to change on a protected cluster', () => {
  const words = (method: string, ...args: readonly unknown[]): { question: string; detail: string } =>
    effectWords(effectOf(method, args) ?? assert.fail('it only reads'), 'orders-eu');
  const question = (method: string, ...args: readonly unknown[]): string => words(method, ...args).question;
  const on = ['shop', 'orders'] as const;

  it('is said in a question that names it, its place and the cluster', () => {
    const said = [
      question('insertOne', ...on, {}),
      question('insertMany', ...on, [{}, {}]),
      question('updateMany', ...on, { a: 1 }, {}),
      question('updateMany', ...on, {}, {}),
      question('replaceOne', ...on, {}, {}),
      question('aggregate', ...on, [{ $out: 'sums' }]),
      question('deleteOne', ...on, {}),
      question('deleteMany', ...on, {}),
      question('dropDatabase', 'shop'),
      question('dropCollection', ...on),
      question('createIndexes', ...on, [{ key: { a: 1 } }]),
      question('runCommand', 'shop', { dropIndexes: 'orders', index: '*' }),
      question('runCommand', 'shop', { dropIndexes: 'orders', index: 'a_1' }),
      question('renameCollection', ...on, 'old'),
      question('createCollection', ...on),
      question('runCommand', 'admin', { createUser: 'kai' }),
      question('runCommand', 'admin', { shutdown: 1 }),
    ];
    assert.deepEqual(said, [
      'Insert a document into shop.orders on orders-eu?',
      'Insert 2 documents into shop.orders on orders-eu?',
      'Change documents of shop.orders on orders-eu?',
      'Change every document of shop.orders on orders-eu?',
      'Replace documents of shop.orders on orders-eu?',
      'Replace everything in shop.sums on orders-eu?',
      'Delete documents of shop.orders on orders-eu?',
      'Delete every document of shop.orders on orders-eu?',
      'Drop the database shop on orders-eu, with everything in it?',
      'Drop shop.orders on orders-eu, with every document in it?',
      'Make or change the index a_1 of shop.orders on orders-eu?',
      'Drop every index of shop.orders on orders-eu but that of _id?',
      'Drop the index a_1 of shop.orders on orders-eu?',
      'Rename shop.orders on orders-eu to old?',
      'Create shop.orders on orders-eu?',
      'Run createUser kai in admin on orders-eu?',
      'Run shutdown in admin on orders-eu?',
    ]);
  });

  it('says below what comes with it, and why it is asked', () => {
    const { detail } = words('bulkWrite', ...on, [{ insertOne: {} }, { deleteMany: { filter: {} } }]);
    assert.equal(
      detail,
      [
        'All at once: insertOne × 1, deleteMany × 1.',
        'It cannot be undone.',
        'The cluster is protected: whatever writes or drops asks first.',
      ].join('\n\n'),
    );
    assert.doesNotMatch(words('insertMany', ...on, [{}, {}]).detail, /All at once|undone/);
  });
});
