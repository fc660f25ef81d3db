import assert from 'node:assert/strict';
import { bindingIn, headerLength, headerOf } from '../../src/core/playground/header.ts';
import { effort } from './effort.ts';

describe('the first line of a playground', () => {
  const names = { cluster: 'orders-eu', database: 'shop', account: 'kai@contoso.com' };

  it('says what was written there', () => {
    for (const account of ['kai@contoso.com', 'Kai Carter (guest)', 'as as as']) {
      const text = `${headerOf({ ...names, account })}\n\ndb.orders.find()`;
      assert.deepEqual(bindingIn(text), { ...names, account });
      assert.equal(headerLength(text), text.indexOf('\n'));
    }
    assert.deepEqual(bindingIn(headerOf({ ...names, database: '__proto__' })), {
      ...names,
      database: '__proto__',
    });
  });

  it('is none with what cannot be seen, turns round what can, or is longer than a name', () => {
    const odd = [
      '\u202e',
      '\u2066',
      '\u200f',
      '\u200b',
      '\u001b[31m',
      '\u0000',
      '\u0007',
      '\ufeff',
      'x'.repeat(400),
    ];
    for (const part of ['cluster', 'database', 'account'] as const)
      for (const mark of odd) {
        const text = headerOf({ ...names, [part]: `a${mark}b` });
        assert.equal(bindingIn(text), undefined, JSON.stringify(text));
        assert.equal(headerLength(text), 0);
      }
  });

  it('is found or not at once, however long it is', () => {
    const spent = effort();
    for (const text of [
      `// Cosmos Entra: a / b as ${' as x'.repeat(200_000)}`,
      `// Cosmos Entra: ${'a / '.repeat(200_000)}`,
      ' '.repeat(5_000_000),
    ])
      assert.equal(bindingIn(text), undefined);
    assert.ok(spent() < 500);
  });
});
