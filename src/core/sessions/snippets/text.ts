/** A name as part of a comment: nothing in it ends one, or shows otherwise than it is. */
export function plain(text: string): string {
  return text.toWellFormed().replaceAll(/[\\\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

export function comment(mark: '#' | '//', lines: readonly string[]): string {
  return lines.map((line) => `${mark} ${line}`.trimEnd()).join('\n');
}

/** A text between double quotes; `coded` writes a character that is not for showing. */
export function quoted(text: string, coded: (character: string) => string): string {
  const inside = text
    .toWellFormed()
    .replaceAll(/["\\\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
      character === '"' || character === '\\' ? `\\${character}` : coded(character),
    );
  return `"${inside}"`;
}

/** `\u{7f}`, as JavaScript and Rust have it. */
export function inBraces(character: string): string {
  return `\\u{${code(character)}}`;
}

/** `\U0000007f`, as Python, C# and Go have it. */
export function inEightDigits(character: string): string {
  return `\\U${code(character).padStart(8, '0')}`;
}

function code(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
