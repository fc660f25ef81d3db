/** A name, an id or whatever else came from elsewhere: it stays one piece, in one line, and means nothing. */
export function code(text: string): string {
  const line = inOneLine(text);
  if (line === '') return '` `';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Words with something from elsewhere in them, as they read: nothing in them marks anything. */
export function plain(text: string): string {
  return inOneLine(text).replaceAll(/[\\`*_{}[\]<>#|~&!@]|(?<=\w):(?=\/\/)|(?<=\bwww)\./g, String.raw`\$&`);
}

/** Lines as they are, as a program of that language reads them. */
export function fenced(language: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return [`${fence}${language}`, ...text.replace(/\n$/, '').split(/\r\n|\r|\n/), fence].join('\n');
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** Without what ends a line, and what turns the direction of a text or hides in it. */
function inOneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}
