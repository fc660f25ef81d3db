import { graphReach, objectsByIds, usersByIds } from '../azure/graph.ts';
import type { DirectoryObject, GraphReach } from '../azure/graph.ts';
import type { Door } from '../azure/door.ts';
import type { Principal } from '../clusters/cluster.ts';
import { Failure } from '../failure.ts';
import type { Caller, TokenBroker } from '../identity/tokens.ts';

/** What the directory says of a principal. */
export type Named =
  | { readonly state: 'named'; readonly object: DirectoryObject }
  /** Asked for, and no longer there: an orphan. */
  | { readonly state: 'gone' }
  /** Of another tenant, which this caller's directory cannot speak for. */
  | { readonly state: 'foreign'; readonly tenant: string }
  /** Nobody may say. */
  | { readonly state: 'unnamed' };

export interface Names {
  readonly of: (principal: Principal) => Named;
  /** Why some have none: what the directory lets this caller read, or what went wrong when asked. */
  readonly reach: GraphReach | Failure;
}

/** The people and applications behind ids, as far as each tenant's directory may be read; asked once each. */
export class Directory {
  readonly #door: Door;
  readonly #tokens: TokenBroker;
  /** What the directory said of an id; whether its silence means anything depends on who is asked about. */
  readonly #known = new Map<string, DirectoryObject | 'notInDirectory' | 'notAmongPeople'>();

  constructor(door: Door, tokens: TokenBroker) {
    this.#door = door;
    this.#tokens = tokens;
  }

  forget(): void {
    this.#known.clear();
  }

  /** Never fails: who cannot be named keeps the id, and `reach` says why. */
  async names(caller: Caller, principals: readonly Principal[], signal?: AbortSignal): Promise<Names> {
    const keyOf = (id: string): string =>
      JSON.stringify([caller.account.id, caller.tenant, id.toLowerCase()]);
    const foreign = (principal: Principal): boolean =>
      principal.tenant !== undefined && principal.tenant.toLowerCase() !== caller.tenant.toLowerCase();
    const of = (principal: Principal): Named => {
      if (foreign(principal)) return { state: 'foreign', tenant: principal.tenant ?? '' };
      const known = this.#known.get(keyOf(principal.objectId));
      if (known === undefined) return { state: 'unnamed' };
      if (typeof known === 'object') return { state: 'named', object: known };
      // Only of a person does it say something that people do not have the id.
      return known === 'notInDirectory' || principal.type === 'user'
        ? { state: 'gone' }
        : { state: 'unnamed' };
    };

    const asked = principals.filter(
      (principal) =>
        principal.objectId !== '' && !foreign(principal) && !this.#known.has(keyOf(principal.objectId)),
    );
    try {
      const reach = await graphReach(this.#door, this.#tokens, caller);
      // Without the right to read the directory only people can be looked up: of others a 404 says nothing.
      const askable =
        reach === 'directory' ? asked : asked.filter(({ type }) => type === 'user' || type === 'unknown');
      const ids = [...new Set(askable.map(({ objectId }) => objectId.toLowerCase()))];
      if (ids.length > 0 && reach !== 'nobody') {
        const look = reach === 'directory' ? objectsByIds : usersByIds;
        const found = await look(this.#door, caller, ids, signal);
        const absent = reach === 'directory' ? 'notInDirectory' : 'notAmongPeople';
        for (const { objectId } of askable) {
          const object = found.get(objectId.toLowerCase());
          if (object !== undefined) this.#known.set(keyOf(objectId), object === 'gone' ? absent : object);
        }
      }
      return { of, reach };
    } catch (error) {
      return { of, reach: Failure.from(error) };
    }
  }
}
