import type { Script } from './script.ts';

const kinds = `{ double: 1.5, whole: Double(2), text: 'ä€😀', object: { a: { b: 1 } }, array: [1, [2, { c: 3 }]], binary: BinData(0, 'AQID'),
  uuid: UUID('00112233-4455-6677-8899-aabbccddeeff'), md5: MD5('d41d8cd98f00b204e9800998ecf8427e'), hex: HexData(128, 'cafe'), id: ObjectId('65f000000000000000000001'),
  yes: true, no: false, date: ISODate('2026-01-02T03:04:05.678Z'), old: new Date(-62135596800000), none: null, regex: /^a.*b$/i, bsonRegex: BSONRegExp('x', 'im'),
  code: Code('function () {}'), scoped: Code('n', { n: 1 }), symbol: BSONSymbol('s'), int: NumberInt(7), int32: Int32(-7), timestamp: Timestamp({ t: 100, i: 7 }),
  long: NumberLong('9223372036854775807'), small: Long(5), decimal: NumberDecimal('1.50'), big: Decimal128('9.999999999999999999999999999999999E+6144'), nan: NaN, infinity: -Infinity,
  zero: Double(-0), min: MinKey(), max: MaxKey(), ref: DBRef('items', ObjectId('65f000000000000000000002')), 'a.b': 1, '$c': 2, '10': 'ten', '2': 'two', '': 'empty', undef: undefined }`;

/** Values of every kind, on their way to the database and back. */
export const typeScripts: readonly Script[] = [
  { name: 'values of every kind', covers: [], ask: `(${kinds})` },
  {
    name: 'values of every kind, stored',
    covers: ['Collection.insertOne', 'Collection.find'],
    setup: `db.kinds.insertOne({ _id: 1, ...${kinds} });`,
    ask: `db.kinds.find()`,
  },
  {
    name: 'each kind found by its type',
    covers: ['Collection.countDocuments'],
    setup: `db.kinds.insertMany(Object.values(${kinds}).filter((value) => value !== undefined && !Array.isArray(value)).map((value) => ({ value })));`,
    ask: `['double', 'string', 'object', 'array', 'binData', 'objectId', 'bool', 'date', 'null', 'regex', 'javascript', 'symbol', 'int', 'timestamp', 'long', 'decimal', 'minKey', 'maxKey', 'number']
      .map((type) => [type, db.kinds.countDocuments({ value: { $type: type } })])`,
  },
  {
    name: 'sorted across kinds',
    covers: ['Cursor.sort'],
    setup: `db.kinds.insertMany([1, 'a', null, { a: 1 }, [0], true, ISODate('2026-01-01T00:00:00Z'), ObjectId('65f000000000000000000001'), NumberDecimal('0.5'), Long(3), MinKey(), MaxKey()].map((value, n) => ({ _id: n, value })).concat([{ _id: 12 }]));`,
    ask: `db.kinds.find({}, { _id: 1 }).sort({ value: 1, _id: 1 }).map(({ _id }) => _id).toArray()`,
  },
  {
    name: 'numbers compared across kinds',
    covers: ['Collection.find'],
    setup: `db.numbers.insertMany([1, Long(1), NumberDecimal('1.0'), Double(1), Long('9007199254740993'), NumberDecimal('9007199254740993')].map((n, _id) => ({ _id, n })));`,
    ask: `[db.numbers.find({ n: 1 }).sort({ _id: 1 }).toArray(), db.numbers.find({ n: Long('9007199254740993') }).sort({ _id: 1 }).toArray(), db.numbers.find({ n: 9007199254740992 }).toArray()]`,
  },
  {
    name: 'numbers counted on',
    covers: ['Collection.updateMany'],
    setup: `db.numbers.insertMany([1, Long(1), NumberDecimal('1.10'), 1.5, 2147483647].map((n, _id) => ({ _id, n })));
      db.numbers.updateMany({}, { $inc: { n: 1 } }); db.numbers.updateMany({ _id: { $lt: 2 } }, { $mul: { n: NumberDecimal('2') } });`,
    ask: `db.numbers.find().sort({ _id: 1 }).toArray()`,
  },
  {
    name: 'what is made of texts',
    covers: [],
    ask: `[ObjectId('65f000000000000000000001').getTimestamp(), UUID('00112233-4455-6677-8899-aabbccddeeff').toString(), NumberLong('5').toNumber(), bsonsize({ a: 1 }),
      EJSON.stringify({ a: Long(1) }, { relaxed: false }), EJSON.parse('{"a":{"$numberDecimal":"1.5"}}').a, ISODate('2026-01-02').getTime()]`,
  },
];
