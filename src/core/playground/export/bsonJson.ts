import type { Bson } from '../../sessions/bson.ts';
import { dateText, doubleText, longText, subTypeText } from '../../sessions/ejsonText.ts';
import type { EjsonStyle } from '../../sessions/ejsonText.ts';
import { endOfText, endOfValue } from './bsonEnds.ts';
import type { Output } from './output.ts';

/**
 * EJSON, or JSON without any type that it has no word for: dates, ids, decimals, bytes, and whole numbers beyond
 * 2^53 are strings. What would mean nothing as a string stays EJSON.
 */
export type JsonStyle = EjsonStyle | 'plain';

/** Writes documents as they were sent, without making values of them on the way; keys keep their order. */
export class BsonJson {
  readonly #bson: Bson;
  readonly #style: JsonStyle;
  readonly #output: Output;
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(this.#bytes.buffer);

  constructor(bson: Bson, style: JsonStyle, output: Output) {
    this.#bson = bson;
    this.#style = style;
    this.#output = output;
  }

  /** From here on places are those in these bytes. */
  read(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the document that begins here ends. */
  endOf(start: number): number {
    return start + this.#view.getInt32(start, true);
  }

  document(start: number): void {
    this.#members(start, '{', '}');
  }

  #members(start: number, open: '{' | '[', close: '}' | ']'): void {
    this.#output.ascii(open);
    let at = start + 4;
    for (let type = this.#bytes[at] ?? 0, isFirst = true; type !== 0; type = this.#bytes[at] ?? 0) {
      const name = at + 1;
      const end = endOfText(this.#bytes, name);
      if (!isFirst) this.#output.ascii(',');
      isFirst = false;
      if (open === '{') {
        this.#output.jsonString(this.#bytes, name, end);
        this.#output.ascii(':');
      }
      at = this.value(type, end + 1);
    }
    this.#output.ascii(close);
  }

  /** Writes the value that begins here, and says where it ends. */
  value(type: number, at: number): number {
    const output = this.#output;
    const isPlain = this.#style === 'plain';
    switch (type) {
      case 1:
        this.#double(this.#view.getFloat64(at, true));
        break;
      case 2:
        this.#string(at);
        break;
      case 3:
        this.#members(at, '{', '}');
        break;
      case 4:
        this.#members(at, '[', ']');
        break;
      case 5:
        this.#binary(at);
        break;
      case 6:
        output.ascii(isPlain ? 'null' : '{"$undefined":true}');
        break;
      case 7:
        output.ascii(isPlain ? '"' : '{"$oid":"');
        output.hex(this.#bytes, at, at + 12);
        output.ascii(isPlain ? '"' : '"}');
        break;
      case 8:
        output.ascii(this.#bytes[at] === 1 ? 'true' : 'false');
        break;
      case 9:
        this.#date(this.#view.getBigInt64(at, true));
        break;
      case 10:
        output.ascii('null');
        break;
      case 11: {
        const middle = endOfText(this.#bytes, at);
        output.ascii('{"$regularExpression":{"pattern":');
        output.jsonString(this.#bytes, at, middle);
        output.ascii(',"options":');
        output.jsonString(this.#bytes, middle + 1, endOfText(this.#bytes, middle + 1));
        output.ascii('}}');
        break;
      }
      case 12: {
        output.ascii('{"$dbPointer":{"$ref":');
        const id = this.#string(at);
        output.ascii(',"$id":{"$oid":"');
        output.hex(this.#bytes, id, id + 12);
        output.ascii('"}}}');
        break;
      }
      case 13:
        output.ascii('{"$code":');
        this.#string(at);
        output.ascii('}');
        break;
      case 14:
        if (!isPlain) output.ascii('{"$symbol":');
        this.#string(at);
        if (!isPlain) output.ascii('}');
        break;
      case 15: {
        output.ascii('{"$code":');
        const scope = this.#string(at + 4);
        output.ascii(',"$scope":');
        this.#members(scope, '{', '}');
        output.ascii('}');
        break;
      }
      case 16: {
        const text = String(this.#view.getInt32(at, true));
        output.ascii(this.#style === 'canonical' ? `{"$numberInt":"${text}"}` : text);
        break;
      }
      case 17: {
        const [i, t] = [this.#view.getUint32(at, true), this.#view.getUint32(at + 4, true)];
        output.ascii(`{"$timestamp":{"t":${t},"i":${i}}}`);
        break;
      }
      case 18:
        this.#long(at);
        break;
      case 19: {
        const text = new this.#bson.Decimal128(this.#bytes.slice(at, at + 16)).toString();
        output.ascii(isPlain ? `"${text}"` : `{"$numberDecimal":"${text}"}`);
        break;
      }
      case 127:
        output.ascii('{"$maxKey":1}');
        break;
      case 255:
        output.ascii('{"$minKey":1}');
        break;
    }
    return endOfValue(this.#bytes, this.#view, type, at);
  }

  #double(value: number): void {
    if (this.#style !== 'plain') this.#output.ascii(doubleText(value, this.#style));
    else if (!Number.isFinite(value)) this.#output.ascii(`"${value}"`);
    else this.#output.ascii(Object.is(value, -0) ? '-0' : String(value));
  }

  #long(at: number): void {
    const value = this.#view.getInt32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
    if (this.#style !== 'canonical' && Number.isSafeInteger(value)) this.#output.ascii(String(value));
    else {
      const exact = this.#view.getBigInt64(at, true);
      this.#output.ascii(this.#style === 'plain' ? `"${exact}"` : longText(exact, this.#style));
    }
  }

  #date(time: bigint): void {
    const date = new Date(Number(time));
    const isFar = Number.isNaN(date.getTime());
    if (this.#style === 'plain') this.#output.ascii(isFar ? `"${time}"` : `"${date.toISOString()}"`);
    else if (isFar) this.#output.ascii(`{"$date":{"$numberLong":"${time}"}}`);
    else this.#output.ascii(dateText(date.getTime(), this.#style));
  }

  #binary(at: number): void {
    const end = at + 5 + this.#view.getInt32(at, true);
    const subType = this.#bytes[at + 4] ?? 0;
    // The old kind says its length a second time.
    const from = subType === this.#bson.Binary.SUBTYPE_BYTE_ARRAY ? at + 9 : at + 5;
    const isUuid = subType === this.#bson.Binary.SUBTYPE_UUID && end - from === 16;
    if (this.#style === 'plain' && isUuid) {
      for (const [part, [start, stop]] of uuidParts.entries()) {
        this.#output.ascii(part === 0 ? '"' : '-');
        this.#output.hex(this.#bytes, from + start, from + stop);
      }
      this.#output.ascii('"');
      return;
    }
    const base64 = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, end - from).toString(
      'base64',
    );
    this.#output.ascii(
      this.#style === 'plain'
        ? `"${base64}"`
        : `{"$binary":{"base64":"${base64}","subType":"${subTypeText(subType)}"}}`,
    );
  }

  /** With its length before it, which counts the zero behind it. */
  #string(at: number): number {
    const end = at + 4 + this.#view.getInt32(at, true);
    this.#output.jsonString(this.#bytes, at + 4, end - 1);
    return end;
  }
}

const uuidParts = [
  [0, 4],
  [4, 6],
  [6, 8],
  [8, 10],
  [10, 16],
] as const;
