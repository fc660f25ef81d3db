/** Text on its way out, as UTF-8. What it took is written over after each `take`. */
export class Output {
  #bytes = Buffer.allocUnsafe(2 * pieceSize);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written since the last time: to be used before anything else is written. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    // One huge document does not keep its room for ever.
    if (this.#bytes.length > 8 * pieceSize) this.#bytes = Buffer.allocUnsafe(2 * pieceSize);
    return taken;
  }

  takeText(): string {
    const text = this.#bytes.toString('utf8', 0, this.#length);
    this.take();
    return text;
  }

  /** Of letters and signs of ASCII only. */
  ascii(text: string): void {
    this.#makeRoom(text.length);
    if (text.length > 64) this.#length += this.#bytes.write(text, this.#length, 'latin1');
    else for (let at = 0; at < text.length; at++) this.#bytes[this.#length++] = text.charCodeAt(at);
  }

  text(text: string): void {
    this.#makeRoom(3 * text.length);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  hex(bytes: Uint8Array, from: number, to: number): void {
    this.#makeRoom(2 * (to - from));
    for (let at = from; at < to; at++) {
      const byte = bytes[at] ?? 0;
      this.#bytes[this.#length++] = hexDigits[byte >> 4] ?? 0;
      this.#bytes[this.#length++] = hexDigits[byte & 15] ?? 0;
    }
  }

  /** A string of JSON's from one in UTF-8: most need no more than to be copied. */
  jsonString(bytes: Uint8Array, from: number, to: number): void {
    this.#makeRoom(to - from + 2);
    const into = this.#bytes;
    let length = this.#length;
    into[length++] = quote;
    for (let at = from; at < to; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < 0x20 || byte > 0x7e || byte === quote || byte === backslash) {
        this.text(JSON.stringify(utf8.decode(bytes.subarray(from, to))));
        return;
      }
      into[length++] = byte;
    }
    into[length++] = quote;
    this.#length = length;
  }

  #makeRoom(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + count));
    this.#bytes.copy(wider, 0, 0, this.#length);
    this.#bytes = wider;
  }
}

/** So much goes to the disk at once. */
export const pieceSize = 256 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const hexDigits = Buffer.from('0123456789abcdef');
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
