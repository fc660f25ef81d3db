/** A shop as whoever writes a playground finds it, without a server. */
import { languageReference } from '../../build/language.ts';
import type { Names } from '../../src/core/playground/language/names.ts';
import type { Setting } from '../../src/core/playground/language/places.ts';
import { schemaOf } from '../../src/core/sessions/schema.ts';

const collections: Readonly<Record<string, readonly string[]>> = {
  shop: ['audit.log', 'customers', 'my-orders', 'orders', 'stats', '_old'],
  crm: ['people'],
};

const documents: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  'shop.orders': [
    {
      _id: 1,
      status: 'open',
      placed: new Date(0),
      'odd-name': 1n,
      address: { city: 'Bern', zip: '3000' },
      lines: [{ sku: 'a', amount: 2 }],
      tags: ['new'],
    },
    { _id: 2, status: null },
  ],
  'shop.customers': [{ _id: 1, name: 'Ada', mail: 'ada@example.com' }],
  'shop.audit.log': [{ at: new Date(0) }],
  'crm.people': [{ _id: 1, nick: 'ada' }],
};

/** What it was asked for. */
export const asked: string[] = [];

export const names: Names = {
  databases() {
    asked.push('databases');
    return Promise.resolve(['crm', 'shop']);
  },
  collections(database) {
    asked.push(`collections of ${database}`);
    return Promise.resolve(collections[database] ?? []);
  },
  fields(database, collection) {
    asked.push(`fields of ${database}.${collection}`);
    return Promise.resolve(schemaOf(documents[`${database}.${collection}`] ?? []));
  },
};

const reference = await languageReference();

export const setting: Setting & { readonly names: Names } = { reference, database: 'shop', names };

/** A text without the bar in it, and where that was. */
export function cursorIn(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf('|');
  if (offset === -1) throw new Error(`There is no cursor in ${marked}`);
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}
