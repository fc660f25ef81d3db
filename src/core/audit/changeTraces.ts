import { text } from '../clusters/fields.ts';
import type { RecentChange } from './recentChanges.ts';
import type { Data } from './redaction.ts';

/** What the lines of a change say beyond what it was: each once. */
export interface ChangeTraces {
  /** The permissions that were used. */
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  /** The addresses that it was asked from. */
  readonly addresses: readonly string[];
  /** What Azure said of it, in its own words. */
  readonly messages: readonly string[];
  /** By these Azure's own people find it. */
  readonly correlationIds: readonly string[];
}

export function changeTraces({ record: { azure, here } }: RecentChange): ChangeTraces {
  const all = (...path: readonly string[]): readonly string[] =>
    each(azure.map((line) => text(at(line, path))));
  const own = here.flatMap((line) => {
    const ids = at(line, ['correlationIds']);
    return Array.isArray(ids) ? ids.map((id) => text(id)) : [];
  });
  return {
    operations: all('operationName', 'value'),
    resources: all('resourceId'),
    addresses: all('httpRequest', 'clientIpAddress'),
    messages: each([
      ...all('properties', 'statusMessage', 'error', 'message'),
      ...all('properties', 'statusMessage', 'message'),
    ]),
    correlationIds: each([...all('correlationId'), ...own]),
  };
}

/** Names know no case in what Azure writes. */
function at(line: Data, [name, ...rest]: readonly string[]): Data | undefined {
  if (name === undefined) return line;
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return undefined;
  const found = Object.entries(line).find(([one]) => one.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : at(found[1], rest);
}

function each(values: readonly (string | undefined)[]): readonly string[] {
  const known = new Map(
    values.flatMap((value) => (value === undefined ? [] : [[value.toLowerCase(), value]])),
  );
  return [...known.values()];
}
