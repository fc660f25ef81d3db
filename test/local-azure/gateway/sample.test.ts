import assert from 'node:assert/strict';
import { Decimal128 } from 'mongodb';
import { seedShop } from './sample.ts';
import { Store } from './storage/store.ts';
import { Trial, people } from './trial.ts';

function bytesOf(store: Store): Buffer {
  const all: Buffer[] = [];
  for (const found of store.databases.get('shop')?.values() ?? []) {
    if (found.kind === 'collection') for (const row of found.rows()) all.push(row.bytes);
  }
  return Buffer.concat(all);
}

function seeded(name: string): Store {
  const store = new Store();
  seedShop(store, name);
  return store;
}

describe('the gateway: sample data', () => {
  it('is the same for the same cluster, and another for another', () => {
    assert.ok(bytesOf(seeded('orders-eu')).equals(bytesOf(seeded('orders-eu'))));
    assert.ok(!bytesOf(seeded('orders-eu')).equals(bytesOf(seeded('carts-eu'))));
  });

  it('is a shop that hangs together', async () => {
    const trial = await Trial.start({}, { store: seeded('orders-eu') });
    try {
      const shop = trial.as(people.admin).db('shop');
      const names = await shop.listCollections({}, { nameOnly: true }).toArray();
      assert.deepEqual(names.map(({ name, type }) => `${name} ${type}`).sort(), [
        'carts collection',
        'customers collection',
        'openOrders view',
        'orders collection',
        'products collection',
      ]);
      const orders = shop.collection('orders');
      const lost = await orders
        .aggregate([
          { $lookup: { from: 'customers', localField: 'customer.id', foreignField: '_id', as: 'buyer' } },
          { $lookup: { from: 'products', localField: 'lines.sku', foreignField: '_id', as: 'wares' } },
          { $match: { $or: [{ buyer: { $size: 0 } }, { wares: { $size: 0 } }] } },
        ])
        .toArray();
      assert.deepEqual(lost, []);
      // Every total is what its lines come to, to the cent.
      const wrong = await orders
        .aggregate([
          {
            $set: {
              sum: {
                $sum: { $map: { input: '$lines', in: { $multiply: ['$$this.price', '$$this.quantity'] } } },
              },
            },
          },
          { $match: { $expr: { $ne: ['$sum', '$total'] } } },
        ])
        .toArray();
      assert.deepEqual(wrong, []);
      const open = await shop.collection('openOrders').find().toArray();
      assert.ok(
        open.length > 10 &&
          open.every(
            ({ status, total }) => ['open', 'paid', 'packed'].includes(status) && total instanceof Decimal128,
          ),
      );
      assert.deepEqual(
        (await orders.indexes()).map(({ name }) => name),
        ['_id_', 'status_1_placed_1', 'number_1'],
      );
    } finally {
      await trial.stop();
    }
  });
});
