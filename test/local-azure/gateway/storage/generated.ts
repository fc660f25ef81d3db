import { Decimal128, Int32, Long } from 'bson';
import { asNumber } from '../bson/number.ts';
import { encode } from '../bson/encode.ts';
import { isNumber } from '../bson/value.ts';
import type { Value } from '../bson/value.ts';

/** What many documents that nobody wrote look like. */
export interface Order {
  readonly documents: number;
  /** The size of each; they are never smaller than what is in them. */
  readonly bytes?: number;
}

const DAY = 86_400_000;
const FIRST = Date.UTC(2026, 0, 1);
const groups = 10;
const digits = 8;

/**
 * Documents that are made when they are read, all of the same length: of the first, only the bytes that differ are
 * written anew. Millions of them cost nothing but their number.
 */
export class Generated {
  readonly count: number;
  readonly #template: Buffer;
  readonly #at: { readonly [field in 'id' | 'name' | 'group' | 'price' | 'made' | 'isOdd']: number };

  constructor({ documents, bytes = 300 }: Order) {
    this.count = documents;
    const bare = template('').length;
    this.#template = template('.'.repeat(Math.max(bytes - bare, 0)));
    const after = (name: string): number =>
      // Its type comes before the name, and a zero behind it.
      this.#template.indexOf(`${name}\0`, 0, 'latin1') + name.length + 1;
    this.#at = {
      id: after('_id'),
      // A text begins with its length.
      name: after('name') + 4 + 'Item '.length,
      group: after('group') + 4 + 'group '.length,
      price: after('price'),
      made: after('made'),
      isOdd: after('isOdd'),
    };
  }

  get size(): number {
    return this.count * this.#template.length;
  }

  bytes(index: number): Buffer {
    const made = Buffer.from(this.#template);
    const at = this.#at;
    made.writeInt32LE(index, at.id);
    made.write(String(index).padStart(digits, '0'), at.name, 'latin1');
    made[at.group] = 0x30 + (index % groups);
    // The digits of a decimal that small are its first eight bytes.
    made.writeInt32LE((index * 37) % 100_000, at.price);
    made.writeBigInt64LE(BigInt(FIRST + (index % 365) * DAY + index), at.made);
    made[at.isOdd] = index % 2;
    return made;
  }

  /** The place of the document with this id. */
  placeOf(id: Value): number | undefined {
    const place = isNumber(id) ? asNumber(id) : undefined;
    return place !== undefined && Number.isInteger(place) && place >= 0 && place < this.count
      ? place
      : undefined;
  }
}

function template(text: string): Buffer {
  return encode({
    _id: new Int32(0),
    name: `Item ${'0'.repeat(digits)}`,
    group: 'group 0',
    price: Decimal128.fromString('0.01'),
    made: new Date(FIRST),
    isOdd: false,
    stock: { warehouse: 'Bern', shelves: [new Int32(4), new Int32(7)] },
    serial: Long.fromString('9007199254740993'),
    tags: ['indoor', 'amber'],
    notes: text,
  });
}
