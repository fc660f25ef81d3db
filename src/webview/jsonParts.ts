/** A piece of a JSON text, by what it is; without a look it is punctuation. */
export interface Part {
  readonly text: string;
  readonly look: '' | 'key' | 'text' | 'number' | 'constant' | 'type';
}

/** A JSON text in pieces, of which it consists. */
export function jsonParts(text: string): readonly Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const { 0: piece, 1: string, 2: colon, 3: word, index } of text.matchAll(pieces)) {
    if (index > done) parts.push({ text: text.slice(done, index), look: '' });
    if (string !== undefined) {
      parts.push({
        text: string,
        look: colon === undefined ? 'text' : string.startsWith('"$') ? 'type' : 'key',
      });
      if (colon !== undefined) parts.push({ text: colon, look: '' });
    } else parts.push({ text: piece, look: word === undefined ? 'number' : 'constant' });
    done = index + piece.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), look: '' });
  return parts;
}

const pieces = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
