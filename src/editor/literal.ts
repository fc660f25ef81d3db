/** Words in which nothing leads anywhere: of `[…](…)` notifications and boxes make links, even to commands. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

/** Words without pictures: rows to choose from have an icon for each `$(…)`. */
export function withoutIcons(text: string): string {
  return text.replaceAll(/\$(?=\([a-z\d-]+(?:~[a-z]+)?\))/gi, String.raw`\$$`);
}
