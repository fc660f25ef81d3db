/** Where a playground runs, by names: as its first line says it. */
export interface Binding {
  readonly cluster: string;
  readonly database: string;
  /** The person who chose that; others run it as themselves. */
  readonly account: string;
}

/** Names as services take them. What cannot be seen, or turns what is seen around, is in none. */
const header =
  /^\/\/ Cosmos Entra: ([^\s\p{C}]{1,100}) \/ ([^\s\p{C}]{1,100}) as ([^\s\p{C}][^\p{C}]{0,320}?)\s*$/u;

export function bindingIn(text: string): Binding | undefined {
  const [, cluster, database, account] = header.exec(firstLine(text)) ?? [];
  if (cluster === undefined || database === undefined || account === undefined) return undefined;
  return { cluster, database, account };
}

export function headerOf({ cluster, database, account }: Binding): string {
  return `// Cosmos Entra: ${cluster} / ${database} as ${account}`;
}

/** How many characters at the beginning a new header takes the place of. */
export function headerLength(text: string): number {
  return header.test(firstLine(text)) ? firstLine(text).length : 0;
}

function firstLine(text: string): string {
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}

/** The database at a line: what the last `use` before it says, or the header. */
export function databaseAt(
  statements: readonly { readonly text: string; readonly line: number }[],
  line: number,
  database: string,
): string {
  const used = statements
    .filter((statement) => statement.line < line)
    .map(({ text }) => /^use\(\s*(["'`])([^"'`\\$]+)\1\s*\)\s*;?$/.exec(text)?.[2]);
  return used.findLast((name) => name !== undefined) ?? database;
}
