import type { AddressProblem } from './change.ts';

/** Addresses from one to another; both ends are in it. */
export interface AddressRange {
  readonly start: string;
  readonly end: string;
}

/** `203.0.113.7`, `203.0.113.0-203.0.113.9`, `203.0.113.0/24`; several with commas, semicolons or lines between. */
export function rangesOf(
  text: string,
): readonly (AddressRange | { problem: AddressProblem; text: string })[] {
  const parts = text.split(/[,;\n]+|\s+(?!\s*[-–])(?<![-–]\s+)/).map((part) => part.trim());
  return parts.filter((part) => part !== '').map(rangeOf);
}

function rangeOf(text: string): AddressRange | { problem: AddressProblem; text: string } {
  const [, base, length] = /^([\d.]+)\/(\d+)$/.exec(text) ?? [];
  if (base !== undefined) {
    const address = numberOf(base);
    const bits = Number(length);
    if (address === undefined || bits > 32) return { problem: 'notAnAddress', text };
    const size = 2 ** (32 - bits);
    const start = address - (address % size);
    return { start: textOf(start), end: textOf(start + size - 1) };
  }
  const [first = '', last = first, ...more] = text.split(/\s*[-–]\s*/);
  const start = numberOf(first);
  const end = numberOf(last);
  if (/^[\da-f]*:[\da-f:.]*(%\w+)?(\/\d+)?$/i.test(first) || /:.*:/.test(last))
    return { problem: 'ipv6', text };
  if (start === undefined || end === undefined || more.length > 0) return { problem: 'notAnAddress', text };
  if (start > end) return { problem: 'backwards', text };
  return { start: textOf(start), end: textOf(end) };
}

/** The fewest blocks (`203.0.113.0/24`) that hold just these addresses. */
export function blocksOf({ start, end }: AddressRange): readonly string[] {
  const first = numberOf(start);
  const last = numberOf(end);
  const blocks: string[] = [];
  // Of what cannot be read there are none: 0.0.0.0 means something.
  if (first === undefined || last === undefined) return blocks;
  for (let next = first; next <= last;) {
    let bits = 32;
    while (bits > 0 && next % 2 ** (33 - bits) === 0 && next + 2 ** (33 - bits) - 1 <= last) bits--;
    blocks.push(bits === 32 ? textOf(next) : `${textOf(next)}/${bits}`);
    next += 2 ** (32 - bits);
  }
  return blocks;
}

export function isInside(inner: AddressRange, outer: AddressRange): boolean {
  const [start, end, from, to] = [inner.start, inner.end, outer.start, outer.end].map(numberOf);
  if (start === undefined || end === undefined || from === undefined || to === undefined) return false;
  return start >= from && end <= to;
}

/** Whether rules let all of a range in. A rule from 0.0.0.0 on has a meaning of its own, and lets in only itself. */
export function isLetIn(range: AddressRange, rules: readonly AddressRange[]): boolean {
  const isOne = (one: AddressRange): boolean =>
    rules.some(
      (rule) =>
        (rule.start === one.start && rule.end === one.end) ||
        (rule.start !== '0.0.0.0' && isInside(one, rule)),
    );
  const blocks = blocksOf(range).flatMap((block) => rangesOf(block));
  return isOne(range) || (blocks.length > 0 && blocks.every((one) => !('problem' in one) && isOne(one)));
}

/** How many addresses there are in ranges, each counted once; of what cannot be read there are none. */
export function sizeOf(ranges: readonly AddressRange[]): number {
  const known = ranges
    .map(({ start, end }) => ({ first: numberOf(start), last: numberOf(end) }))
    .flatMap(({ first, last }) => (first === undefined || last === undefined ? [] : [{ first, last }]))
    .toSorted((a, b) => a.first - b.first);
  let size = 0;
  let next = 0;
  for (const { first, last } of known) {
    size += Math.max(0, last - Math.max(first, next) + 1);
    next = Math.max(next, last + 1);
  }
  return size;
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
