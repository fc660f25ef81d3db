import { armError } from './armError.ts';
import type { Call } from './service.ts';

/** One page of a list, and the address of the next: absolute, opaque, and to be used as it is. */
export function page<T>(
  call: Call,
  origin: string,
  entries: readonly T[],
  size: number,
): { readonly value: readonly T[]; readonly nextLink?: string } {
  const token = call.query.get('$skiptoken');
  const start = token === null ? 0 : readToken(token);
  const value = entries.slice(start, start + size);
  if (start + size >= entries.length) return { value };
  const query = new URLSearchParams(call.query);
  query.set('$skiptoken', Buffer.from(JSON.stringify({ from: start + size })).toString('base64url'));
  return { value, nextLink: `${origin}${encodeURI(call.path)}?${query.toString()}` };
}

function readToken(token: string): number {
  try {
    const from = (JSON.parse(Buffer.from(token, 'base64url').toString()) as { from?: unknown }).from;
    if (Number.isInteger(from)) return Number(from);
  } catch {
    // Falls through to the refusal.
  }
  throw armError(400, 'InvalidSkipToken', 'The provided skip token is not valid.');
}
