/** Careful readings of what a service sent: the field, if it is there and of the expected type. */

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;
}

export function date(value: unknown): Date | undefined {
  const milliseconds = Date.parse(text(value) ?? '');
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}

/** One spelling for a region: lists say `westeurope`, resources `West Europe`. */
export function region(value: unknown): string | undefined {
  return text(value)?.replaceAll(' ', '').toLowerCase();
}

export function sameText(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
