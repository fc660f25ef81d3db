import { Failure, namesSecret, withoutSecrets } from '../failure.ts';

/** What can be written as JSON. */
export type Data = string | number | boolean | null | readonly Data[] | { readonly [name: string]: Data };

/**
 * Anything at all as plain data in which nothing opens a door, by its shape or by the name that it goes by, and
 * which has an end: there is room for so many characters. Never throws, whatever it is given.
 */
export function redacted(value: unknown, characters = 60_000): Data {
  let room = characters;
  const above = new Set<object>();

  const textOf = (text: string): string => {
    const bare = withoutSecrets(text).slice(0, Math.max(0, room));
    room -= bare.length;
    return bare;
  };

  /** Undefined is what JSON has nothing for. */
  const dataOf = (value: unknown): Data | undefined => {
    room -= 8;
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'object') return inside(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    return typeof value === 'string' || typeof value === 'bigint' ? textOf(String(value)) : undefined;
  };

  const inside = (value: object): Data => {
    if (room <= 0 || above.size >= 12 || above.has(value)) return '[…]';
    above.add(value);
    try {
      return partsOf(value);
    } catch {
      // A getter or a proxy of somebody else's.
      return '[unreadable]';
    } finally {
      above.delete(value);
    }
  };

  const partsOf = (value: object): Data => {
    if (Array.isArray(value)) return listOf(value);
    if (value instanceof Failure) return recordOf(value.data);
    if (value instanceof Error)
      return recordOf(Object.assign({ name: value.name, message: value.message }, value));
    if (value instanceof Map) return inside([...value].map(([name, value]) => ({ name, value })));
    if (value instanceof Set) return listOf([...value]);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof URL) return textOf(String(value));
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    // In a box it has a field for each of its letters.
    if (Object.prototype.toString.call(value) === '[object String]')
      return textOf(String.prototype.valueOf.call(value));
    return recordOf(value);
  };

  const listOf = (values: readonly unknown[]): Data => {
    const list: Data[] = [];
    for (const value of values) {
      if (room <= 0) return [...list, '[…]'];
      list.push(dataOf(value) ?? null);
    }
    return list;
  };

  const recordOf = (record: object): Data => {
    // `{ name: 'password', value: '…' }`, as Azure has parameters.
    const { name: called, key = called } = record as Readonly<Record<string, unknown>>;
    const entries: (readonly [string, Data])[] = [];
    for (const [field, value] of Object.entries(record)) {
      if (room <= 0) break;
      const isSecret =
        opens(field, value) || (field === 'value' && typeof key === 'string' && opens(key, value));
      const name = textOf(field);
      const data = isSecret ? '[secret]' : dataOf(value);
      if (data !== undefined) entries.push([name, data]);
    }
    return Object.fromEntries(entries);
  };

  return dataOf(value) ?? null;
}

function opens(name: string, value: unknown): boolean {
  // Whether there is a password is no secret.
  if (value === null || value === undefined || typeof value === 'boolean') return false;
  if (Array.isArray(value) && namesSecret(name.replace(/s$/i, ''))) return true;
  return namesSecret(name, typeof value === 'string' ? value : '');
}
