/** Where the value ends that begins here. The numbers are those of https://bsonspec.org/spec.html. */
export function endOfValue(bytes: Uint8Array, view: DataView, type: number, at: number): number {
  switch (type) {
    case 6:
    case 10:
    case 127:
    case 255:
      return at;
    case 8:
      return at + 1;
    case 16:
      return at + 4;
    case 1:
    case 9:
    case 17:
    case 18:
      return at + 8;
    case 7:
      return at + 12;
    case 19:
      return at + 16;
    case 3:
    case 4:
    case 15:
      return at + view.getInt32(at, true);
    case 2:
    case 13:
    case 14:
      return at + 4 + view.getInt32(at, true);
    case 5:
      return at + 5 + view.getInt32(at, true);
    case 11:
      return endOfText(bytes, endOfText(bytes, at) + 1) + 1;
    case 12:
      return at + 4 + view.getInt32(at, true) + 12;
    default:
      // How long it is nobody knows, so nothing behind it can be read.
      throw new TypeError(`There is no type ${type} in BSON.`);
  }
}

/** Where the zero is that ends a key, or a part of a regular expression. */
export function endOfText(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(0, start);
  if (end === -1) throw new RangeError('A document ends before its text does.');
  return end;
}
