import { isDoc } from './bson.ts';
import type { Bson, Doc } from './bson.ts';
import { lineOf, problemAt, syntaxProblem, valueOf } from './ejson.ts';
import type { Meaning, Problem } from './ejson.ts';
import { parseJson } from './json.ts';
import type { Json } from './json.ts';

/** Which documents of a collection, how much of each, and in which order. */
export interface Query {
  readonly filter: Doc;
  readonly projection: Doc;
  readonly sort: Doc;
  readonly pageSize: number;
}

export const pageSizes: readonly number[] = [20, 50, 100, 200];
const mostOnPage = 500;

export const everything: Query = { filter: new Map(), projection: new Map(), sort: new Map(), pageSize: 50 };

/** What is wrong with a query beyond its JSON. */
export interface QueryProblem extends Omit<Problem, 'code'> {
  readonly code: Problem['code'] | 'unknownMember' | 'notADirection' | 'notAPageSize';
}

/** The file in which people write a query: an object of four members, each of which may be missing. */
export function queryText(bson: Bson, { filter, projection, sort, pageSize }: Query): string {
  const members = Object.entries({ filter, projection, sort }).map(
    ([name, document]) => `  "${name}": ${lineOf(bson, document)}`,
  );
  return `{\n${members.join(',\n')},\n  "pageSize": ${pageSize}\n}\n`;
}

export function queryOf(
  bson: Bson,
  text: string,
): { readonly value: Query | undefined; readonly problems: readonly QueryProblem[] } {
  const parsed = parseJson(text);
  if (parsed.json === undefined) return { value: undefined, problems: [syntaxProblem(parsed.problem)] };
  if (parsed.json.kind !== 'object')
    return { value: undefined, problems: [problemAt('notAnObject', parsed.json)] };
  const problems: QueryProblem[] = [];
  let query = everything;
  const seen = new Set<string>();
  for (const { key, keySpan, value: json } of parsed.json.members) {
    if (seen.has(key)) problems.push(problemAt('duplicateKey', keySpan, key));
    seen.add(key);
    if (key === 'filter' || key === 'projection') {
      const { value, problems: found } = documentIn(bson, json, key);
      problems.push(...found);
      query = { ...query, [key]: value ?? query[key] };
    } else if (key === 'sort') {
      const { value, problems: found } = sortIn(bson, json);
      problems.push(...found);
      query = { ...query, sort: value ?? query.sort };
    } else if (key === 'pageSize') {
      const size = json.kind === 'number' && /^\d{1,3}$/.test(json.text) ? Number(json.text) : 0;
      if (size < 1 || size > mostOnPage)
        problems.push({
          ...problemAt('badValue', json, key),
          code: 'notAPageSize',
          name: String(mostOnPage),
        });
      else query = { ...query, pageSize: size };
    } else problems.push({ ...problemAt('unknownType', keySpan, key), code: 'unknownMember' });
  }
  const failed = problems.some(({ weight }) => weight === 'error');
  return { value: failed ? undefined : query, problems };
}

function documentIn(bson: Bson, json: Json, name: string): Meaning<Doc> {
  if (json.kind !== 'object') return { value: undefined, problems: [problemAt('notAnObject', json, name)] };
  const { value, problems } = valueOf(bson, json, 'query');
  // `{"$oid": …}` is an object to look at, and a value.
  if (value !== undefined && !isDoc(value))
    return { value: undefined, problems: [...problems, problemAt('notAnObject', json, name)] };
  return { value, problems };
}

/** Up, down, or by what the database reckons of a text search. */
function sortIn(
  bson: Bson,
  json: Json,
): { readonly value: Doc | undefined; readonly problems: readonly QueryProblem[] } {
  const { value, problems } = documentIn(bson, json, 'sort');
  if (value === undefined || json.kind !== 'object') return { value, problems };
  const wrong = json.members.flatMap(({ key, value: direction }) => {
    const isMeta = direction.kind === 'object' && direction.members[0]?.key === '$meta';
    const isNumber = direction.kind === 'number' && /^-?1(?:\.0+)?$/.test(direction.text);
    return isMeta || isNumber
      ? []
      : [{ ...problemAt('badValue', direction, key), code: 'notADirection' as const }];
  });
  return { value, problems: [...problems, ...wrong] };
}
