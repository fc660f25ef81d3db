import { randomUUID } from 'node:crypto';
import type { GraphObject } from './graphObjects.ts';
import { Refusal, type Call } from './service.ts';

/** A refusal in Graph's envelope. */
export function graphError(status: number, code: string, message: string): Refusal {
  const innerError = { date: new Date().toISOString().slice(0, 19), 'request-id': randomUUID() };
  const headers = status === 401 ? { 'www-authenticate': 'Bearer realm=""' } : {};
  return new Refusal({ status, headers, body: { error: { code, message, innerError } } });
}

/** `$search` is an advanced query: it needs the header that accepts an answer of a moment ago. */
export function isEventual(call: Call): boolean {
  return String(call.headers['consistencylevel'] ?? '').toLowerCase() === 'eventual';
}

/** Those that `$search` or `$filter` asks for; `fields` are the ones that may be searched. */
export function select(
  call: Call,
  objects: readonly GraphObject[],
  fields: readonly string[],
): readonly GraphObject[] {
  const search = call.query.get('$search');
  const filter = call.query.get('$filter');
  if (search !== null) {
    if (!isEventual(call)) {
      throw unsupported(
        "Request with $search query parameter only works with the header 'ConsistencyLevel: eventual'.",
      );
    }
    const matches = readSearch(search, fields);
    return objects.filter(matches);
  }
  return filter === null ? objects : objects.filter(readFilter(filter));
}

function unsupported(message: string): Refusal {
  return graphError(400, 'Request_UnsupportedQuery', message);
}

/** `"property:text" OR "property:text"`, every clause in its own quotes. */
function readSearch(search: string, fields: readonly string[]): (object: GraphObject) => boolean {
  const clauses = search.split(/(?<=")\s+OR\s+(?=")/).map((clause) => {
    const match = /^"(\w+):((?:[^"\\]|\\.)*)"$/.exec(clause.trim());
    const field = fields.find((name) => name.toLowerCase() === match?.[1]?.toLowerCase());
    if (!match || field === undefined)
      throw graphError(400, 'BadRequest', `Syntax error in $search: ${clause}`);
    return { field, text: (match[2] ?? '').replaceAll(/\\(.)/g, '$1').toLowerCase() };
  });
  return (object) =>
    clauses.some(({ field, text }) => {
      const value = textOf(object, field);
      // Display names are found by the beginning of any of their words.
      const words = field === 'displayName' ? [value, ...value.split(/[\s.,_-]+/)] : [value];
      return words.some((word) => word.startsWith(text));
    });
}

/** `startswith(a,'x')`, `a eq 'x'` and `a in ('x','y')`, joined by `or` or by `and`. */
function readFilter(filter: string): (object: GraphObject) => boolean {
  const literal = String.raw`'((?:[^']|'')*)'`;
  const parts = filter.split(/\s+(or|and)\s+/i);
  const joins = new Set(parts.filter((_, index) => index % 2 === 1).map((join) => join.toLowerCase()));
  if (joins.size > 1) throw unsupported('A filter joins its conditions by or, or by and.');
  const conditions = parts
    .filter((_, index) => index % 2 === 0)
    .map((part): ((object: GraphObject) => boolean) => {
      const text = part.trim().replaceAll(/^\((.*)\)$/g, '$1');
      const starts = new RegExp(`^startswith\\((\\w+),\\s*${literal}\\)$`, 'i').exec(text);
      if (starts) return (object) => textOf(object, starts[1]).startsWith(unquote(starts[2]));
      const equals = new RegExp(`^(\\w+)\\s+eq\\s+${literal}$`, 'i').exec(text);
      if (equals) return (object) => textOf(object, equals[1]) === unquote(equals[2]);
      const inside = /^(\w+)\s+in\s+\((.*)\)$/i.exec(text);
      if (!inside) throw unsupported(`Unsupported or invalid query filter clause: ${part}`);
      const values = [...(inside[2] ?? '').matchAll(new RegExp(literal, 'g'))].map((match) =>
        unquote(match[1]),
      );
      if (values.length > 15)
        throw unsupported('Too many child clauses specified in search filter expression.');
      return (object) => values.includes(textOf(object, inside[1]));
    });
  return (object) =>
    joins.has('and')
      ? conditions.every((matches) => matches(object))
      : conditions.some((matches) => matches(object));
}

function unquote(text: string | undefined): string {
  return (text ?? '').replaceAll("''", "'").toLowerCase();
}

function textOf(object: GraphObject, field: string | undefined): string {
  const value = field === undefined ? undefined : object[field];
  return typeof value === 'string' ? value.toLowerCase() : '';
}

/** What `$select` leaves of an object; without it, not everything that exists is shown. */
export function project(call: Call, object: GraphObject): Record<string, unknown> {
  const selected = call.query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());
  const unasked = ['userType', 'accountEnabled'];
  return Object.fromEntries(
    Object.entries(object).filter(
      ([name]) =>
        name.startsWith('@') ||
        (selected ? selected.includes(name) : !('userPrincipalName' in object && unasked.includes(name))),
    ),
  );
}
