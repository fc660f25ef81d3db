import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import type { Door } from './door.ts';

export interface Page {
  readonly rows: readonly unknown[];
}

/** The answer to a query over everything the caller may read in their tenant, page by page. */
export async function* queryPages(
  door: Door,
  caller: Caller,
  query: string,
  signal?: AbortSignal,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let skipToken: string | undefined;
  do {
    // Pages that lead back to one another have no end.
    if (skipToken !== undefined && seen.has(skipToken))
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
    if (skipToken !== undefined) seen.add(skipToken);
    const body = (await door.send({
      caller,
      service: 'resourceManager',
      method: 'POST',
      address: '/providers/Microsoft.ResourceGraph/resources',
      apiVersion: '2024-04-01',
      body: {
        query,
        options: {
          resultFormat: 'objectArray',
          $top: 1000,
          ...(skipToken === undefined ? {} : { $skipToken: skipToken }),
        },
      },
      signal,
    })) as { data?: unknown; $skipToken?: unknown } | undefined;
    if (!Array.isArray(body?.data))
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
    yield { rows: body.data };
    skipToken = typeof body.$skipToken === 'string' && body.$skipToken !== '' ? body.$skipToken : undefined;
  } while (skipToken !== undefined);
}
