/**
 * Where a line of a text is in what has become of it; undefined where it is not there any more, or nobody can tell
 * which one it is.
 */
export function lineNow(before: string, now: string, line: number): number | undefined {
  if (before === now) return line;
  const [old, fresh] = [linesOf(before), linesOf(now)];
  const most = Math.min(old.length, fresh.length);
  let above = 0;
  while (above < most && old[above] === fresh[above]) above++;
  if (line < above) return line;
  let below = 0;
  while (below < most - above && old.at(-1 - below) === fresh.at(-1 - below)) below++;
  if (line >= old.length - below) return line + fresh.length - old.length;
  // Something changed on both sides of it, or in it.
  const found = only(fresh.slice(above, fresh.length - below), old[line]);
  const isOne = only(old.slice(above, old.length - below), old[line]) !== undefined;
  return found === undefined || !isOne ? undefined : above + found;
}

function only(lines: readonly string[], line: string | undefined): number | undefined {
  const first = line === undefined ? -1 : lines.indexOf(line);
  return first === -1 || first !== lines.lastIndexOf(line ?? '') ? undefined : first;
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/);
}
