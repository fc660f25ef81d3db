import type { Transform } from 'node:stream';
import mongodb from 'mongodb';
import inside from 'mongodb/lib/cmap/connection.js';

/** The driver's, whose servers are not believed every length. It is CommonJS: in a bundle it has one default export. */
export const { MongoClient } = mongodb;

/** OP_REPLY, OP_MSG. What is compressed may be of any size when it is not, and nobody has asked for it. */
const [reply, msg] = [1, 2013];
/** The shortest that there can be, with a document of nothing; and servers say that they send 48 million bytes at most. */
const shortest = 26;
const longest = 2 ** 26;
/** Of a message as much as tells what is in it. */
const head = 40;

/** Where the reader of a connection is. */
interface Place {
  /** What has come of the beginning of a message. */
  begun: Buffer;
  /** How much is to come of one whose beginning is in order. */
  left: number;
}

const places = new WeakMap<Transform, Place>();
const { prototype } = inside.SizedMessageTransform;
/** As streams of Node's call it. */
const name = '_transform';
const cutUp = prototype[name];

/**
 * The driver believes every length that a server tells: one of nothing it reads again and again until there is no
 * memory left, and for one of everything it waits and keeps what comes. Such a connection ends here.
 */
prototype[name] = function (chunk, encoding, callback) {
  const place = places.get(this) ?? { begun: Buffer.alloc(0), left: 0 };
  places.set(this, place);
  if (isInOrder(place, chunk)) cutUp.call(this, chunk, encoding, callback);
  else callback(noMessage());
};

/** As the driver tells of a connection that broke. */
function noMessage(): Error {
  const cause = Object.assign(new Error('no message'), { code: 'ECONNABORTED' });
  return new mongodb.MongoNetworkError(cause.message, { cause });
}

/** Goes over what came, from message to message. */
function isInOrder(place: Place, chunk: Buffer): boolean {
  for (let at = 0; at < chunk.length;) {
    if (place.left > 0) {
      const step = Math.min(place.left, chunk.length - at);
      place.left -= step;
      at += step;
      continue;
    }
    // Its length is what comes first.
    const known = place.begun.length < 4 ? undefined : place.begun.readInt32LE(0);
    const wanted = Math.min(known ?? 4, head) - place.begun.length;
    const part = chunk.subarray(at, at + wanted);
    place.begun = Buffer.concat([place.begun, part]);
    at += part.length;
    if (place.begun.length < 4) return true;
    const length = known ?? place.begun.readInt32LE(0);
    if (length < shortest || length > longest) return false;
    if (place.begun.length < Math.min(length, head)) continue;
    if (!isOneDocument(place.begun, length)) return false;
    place.left = length - place.begun.length;
    place.begun = Buffer.alloc(0);
  }
  return true;
}

/** An answer is one document, whose length is what is left of the message's. */
function isOneDocument(begun: Buffer, length: number): boolean {
  switch (begun.readInt32LE(12)) {
    case msg: {
      const checksum = (begun.readInt32LE(16) & 1) * 4;
      return begun.readUInt8(20) === 0 && begun.readInt32LE(21) === length - 21 - checksum;
    }
    case reply:
      return length > 40 && begun.readInt32LE(32) === 1 && begun.readInt32LE(36) === length - 36;
    default:
      return false;
  }
}
