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

/** Whether it can be read. */
export function isRange(range: AddressRange): boolean {
  const span = spanOf(range);
  return span !== undefined && span.first <= span.last;
}

/** How many addresses there are in ranges, each counted once; of what cannot be read there are none. */
export function sizeOf(ranges: readonly AddressRange[]): number {
  return sizeOfSpans(ranges.flatMap((range) => spanOf(range) ?? []));
}

/** The fewest that have so many addresses together, the widest first; all, where all are too few. */
export function widestOf<R extends AddressRange>(ranges: readonly R[], size: number): readonly R[] {
  const sorted = ranges
    .flatMap((range) => {
      const span = spanOf(range);
      return span === undefined ? [] : [{ ...span, range }];
    })
    .toSorted((a, b) => b.last - b.first - (a.last - a.first));
  const isEnough = (count: number): boolean => sizeOfSpans(sorted.slice(0, count)) >= size;
  // Mostly one is enough, and of thousands not each number is tried.
  let most = 1;
  while (most < sorted.length && !isEnough(most)) most *= 2;
  let least = Math.floor(most / 2);
  most = Math.min(most, sorted.length);
  while (least < most) {
    const between = Math.floor((least + most) / 2);
    if (isEnough(between)) most = between;
    else least = between + 1;
  }
  return sorted.slice(0, most).map(({ range }) => range);
}

/** Both ends as numbers. */
interface Span {
  readonly first: number;
  readonly last: number;
}

function spanOf({ start, end }: AddressRange): Span | undefined {
  const first = numberOf(start);
  const last = numberOf(end);
  return first === undefined || last === undefined ? undefined : { first, last };
}

function sizeOfSpans(spans: readonly Span[]): number {
  let size = 0;
  let next = 0;
  for (const { first, last } of spans.toSorted((a, b) => a.first - b.first)) {
    size += Math.max(0, last - Math.max(first, next) + 1);
    next = Math.max(next, last + 1);
  }
  return size;
}

/** Read by hand: there may be ten thousand rules, and each is read often. */
function numberOf(address: string): number | undefined {
  let value = 0;
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let at = 0; at <= address.length; at++) {
    const code = at === address.length ? dot : address.charCodeAt(at);
    if (code === dot) {
      if (digits === 0 || part > 255) return undefined;
      value = value * 256 + part;
      parts++;
      part = 0;
      digits = 0;
    } else {
      const isZeroBefore = digits === 1 && part === 0;
      if (code < zero || code > zero + 9 || isZeroBefore || digits === 3) return undefined;
      part = part * 10 + code - zero;
      digits++;
    }
  }
  return parts === 4 ? value : undefined;
}

const dot = 46;
const zero = 48;

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
