import { createHash } from 'node:crypto';
import { Decimal128, Double, Int32, Long, ObjectId, UUID } from 'bson';
import { decode } from './bson/decode.ts';
import { encode } from './bson/encode.ts';
import type { Encodable } from './bson/encode.ts';
import type { Doc } from './bson/value.ts';
import { makeView } from './storage/collection.ts';
import { parseIndex } from './storage/indexSpec.ts';
import type { Store } from './storage/store.ts';

const DAY = 86_400_000;
const OPENING = Date.UTC(2026, 0, 5, 8);

/** The same numbers for the same name, on every machine and every day. */
class Dice {
  readonly #seed: string;
  #rolls = 0;
  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(length: number): Buffer {
    this.#rolls += 1;
    return createHash('sha256').update(`${this.#seed}/${this.#rolls}`).digest().subarray(0, length);
  }

  below(limit: number): number {
    return this.bytes(4).readUInt32BE() % limit;
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('nothing to pick from');
    return chosen;
  }

  id(): ObjectId {
    return new ObjectId(this.bytes(12));
  }
}

const firstNames = [
  'Kai',
  'Noor',
  'Mira',
  'Jonas',
  'Aiko',
  'Tomás',
  'Léa',
  'Sven',
  'Zuzanna',
  'Omar',
] as const;
const lastNames = ['Carter', 'Haddad', 'Okafor', 'Lindqvist', 'Tanaka', 'Novák', 'Moreau', 'García'] as const;
const cities = [
  ['Bern', 'CH', 7.4474, 46.948],
  ['Lyon', 'FR', 4.8357, 45.764],
  ['Gdańsk', 'PL', 18.6466, 54.352],
  ['Porto', 'PT', -8.6291, 41.1579],
  ['Uppsala', 'SE', 17.6389, 59.8586],
] as const;
const wares = [
  'Desk lamp',
  'Oak shelf',
  'Linen curtain',
  'Wool rug',
  'Kettle',
  'Teapot',
  'Chair',
  'Mirror',
] as const;
const colours = ['amber', 'slate', 'moss', 'ivory'] as const;
const statuses = ['open', 'paid', 'packed', 'shipped', 'delivered', 'returned'] as const;

type Fields = { readonly [key: string]: Encodable };

function docOf(fields: Fields): Doc {
  return decode(encode(fields));
}

function money(cents: number): Decimal128 {
  return Decimal128.fromString((cents / 100).toFixed(2));
}

interface Product {
  readonly id: string;
  readonly cents: number;
  readonly fields: Fields;
}

function makeProducts(dice: Dice): readonly Product[] {
  return Array.from({ length: 32 }, (_, index) => {
    const cents = 450 + dice.below(40_000);
    const colour = dice.pick(colours);
    const id = `SKU-${String(1000 + index * 7)}`;
    const reviews = Array.from({ length: dice.below(4) }, () => ({
      stars: 1 + dice.below(5),
      by: dice.pick(firstNames),
      at: new Date(OPENING + dice.below(200) * DAY),
    }));
    return {
      id,
      cents,
      fields: {
        _id: id,
        name: `${dice.pick(wares)}, ${colour}`,
        price: money(cents),
        stock: new Int32(dice.below(250)),
        tags: [colour, dice.pick(['indoor', 'outdoor']), ...(index % 5 === 0 ? ['new'] : [])],
        dimensions: {
          width: new Double(10 + dice.below(900) / 10),
          height: new Double(5 + dice.below(600) / 10),
          unit: 'cm',
        },
        weightGrams: Long.fromNumber(120 + dice.below(20_000)),
        reviews,
        discontinued: index % 11 === 0,
      },
    };
  });
}

interface Customer {
  readonly id: ObjectId;
  readonly name: string;
  readonly fields: Fields;
}

function makeCustomers(dice: Dice): readonly Customer[] {
  return Array.from({ length: 48 }, (_, index) => {
    const id = dice.id();
    const [first, last] = [dice.pick(firstNames), dice.pick(lastNames)];
    const [city, country, longitude, latitude] = dice.pick(cities);
    return {
      id,
      name: `${first} ${last}`,
      fields: {
        _id: id,
        name: { first, last },
        email: `customer${index + 1}@contoso.example`,
        address: {
          street: `${1 + dice.below(90)} Market Street`,
          city,
          country,
          location: { type: 'Point', coordinates: [new Double(longitude), new Double(latitude)] },
        },
        joined: new Date(OPENING - dice.below(900) * DAY),
        loyalty:
          index % 4 === 0
            ? null
            : { tier: dice.pick(['bronze', 'silver', 'gold']), points: dice.below(5000) },
        newsletter: dice.below(2) === 1,
      },
    };
  });
}

function makeOrder(
  dice: Dice,
  number: number,
  customers: readonly Customer[],
  products: readonly Product[],
): Fields {
  const customer = dice.pick(customers);
  let total = 0;
  const lines = Array.from({ length: 1 + dice.below(4) }, () => {
    const product = dice.pick(products);
    const quantity = 1 + dice.below(3);
    const cents = product.cents;
    total += cents * quantity;
    return { sku: product.id, quantity: new Int32(quantity), price: money(cents) };
  });
  const placed = OPENING + dice.below(240) * DAY + dice.below(DAY);
  const status = dice.pick(statuses);
  const shipped = status === 'shipped' || status === 'delivered' || status === 'returned';
  return {
    _id: dice.id(),
    number: Long.fromNumber(100_000 + number),
    customer: { id: customer.id, name: customer.name },
    status,
    placed: new Date(placed),
    shipped: shipped ? new Date(placed + (1 + dice.below(5)) * DAY) : undefined,
    lines,
    total: money(total),
    currency: 'EUR',
    notes: number % 9 === 0 ? 'Leave with the neighbour.' : undefined,
  };
}

function makeCart(dice: Dice, customers: readonly Customer[], products: readonly Product[]): Fields {
  const items = Array.from({ length: dice.below(4) }, () => ({
    sku: dice.pick(products).id,
    quantity: new Int32(1 + dice.below(2)),
  }));
  return {
    _id: new UUID(uuidBytes(dice)),
    customer: dice.pick(customers).id,
    items,
    touched: new Date(OPENING + 240 * DAY + dice.below(DAY)),
  };
}

/** Random bytes with the version and variant that make them a UUID. */
function uuidBytes(dice: Dice): Buffer {
  const bytes = Buffer.from(dice.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

const OPEN_ORDERS: readonly Fields[] = [
  { $match: { status: { $in: ['open', 'paid', 'packed'] } } },
  { $project: { number: 1, 'customer.name': 1, status: 1, placed: 1, total: 1 } },
];

/** Fills a store with a small shop. The name of a cluster decides what is in it. */
export function seedShop(store: Store, clusterName: string): void {
  const dice = new Dice(clusterName);
  const products = makeProducts(dice);
  const customers = makeCustomers(dice);
  const fill = (name: string, documents: readonly Fields[]): void => {
    const collection = store.ensure('shop', name);
    for (const fields of documents) collection.insert(docOf(fields));
  };
  const index = (name: string, key: Fields, unique = false): void => {
    store.ensure('shop', name).createIndex(parseIndex(docOf({ key, unique: unique || undefined })));
  };

  fill(
    'products',
    products.map(({ fields }) => fields),
  );
  fill(
    'customers',
    customers.map(({ fields }) => fields),
  );
  fill(
    'orders',
    Array.from({ length: 160 }, (_, number) => makeOrder(dice, number, customers, products)),
  );
  fill(
    'carts',
    Array.from({ length: 18 }, () => makeCart(dice, customers, products)),
  );
  index('orders', { status: 1, placed: 1 });
  index('orders', { number: 1 }, true);
  index('customers', { email: 1 }, true);
  index('products', { tags: 1 });
  store.add('shop', 'openOrders', makeView('orders', OPEN_ORDERS.map(docOf)));
}
