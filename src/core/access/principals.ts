import { isGuid } from '../azure/directoryObject.ts';
import type { DirectoryObject, ObjectType } from '../azure/directoryObject.ts';
import type { Door } from '../azure/door.ts';
import {
  findApplications,
  findGroups,
  findPeople,
  graphReach,
  graphRights,
  objectById,
  objectsByIds,
  servicePrincipalByAppId,
  usersByIds,
  usersByName,
} from '../azure/graph.ts';
import type { GraphReach, GraphRight } from '../azure/graph.ts';
import type { Principal } from '../clusters/cluster.ts';
import { Failure } from '../failure.ts';
import { claimsOf } from '../identity/claims.ts';
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

/** Who the caller is in their tenant, by their own token: a principal with a name. */
export interface Me extends Principal {
  readonly tenant: string;
  readonly name: string;
  readonly userName: string | undefined;
}

/** What a search came to. */
export type Search =
  | {
      readonly state: 'found';
      readonly objects: readonly DirectoryObject[];
      /** There are others, whom more of the name would tell apart. */
      readonly more: boolean;
    }
  /** The token may not look for such; an id can be pasted still. */
  | { readonly state: 'notAllowed' }
  | { readonly state: 'failed'; readonly failure: Failure };

/** What a text that somebody pasted stands for, where a principal of a type is wanted. */
export type Identified =
  /** More than one where people share a mail address. */
  | { readonly state: 'found'; readonly objects: readonly [DirectoryObject, ...DirectoryObject[]] }
  | { readonly state: 'notAnId' }
  /** An id that nobody here may look up. It can be used by who knows what it is. */
  | { readonly state: 'unknownType'; readonly objectId: string; readonly failure: Failure | undefined }
  /** An application's client id, which lets nobody in: its service principal has the id to use. */
  | { readonly state: 'isApplicationId'; readonly object: DirectoryObject }
  /** The directory was asked for one of that type, and has none. */
  | { readonly state: 'notInDirectory' }
  | { readonly state: 'otherType'; readonly object: DirectoryObject }
  /** Only the directory knows the object id behind a name, and it may not be, or could not be asked. */
  | { readonly state: 'needsGraph'; readonly failure: Failure | undefined };

const objectTypes: readonly ObjectType[] = ['user', 'servicePrincipal', 'group'];

const searches = { user: findPeople, servicePrincipal: findApplications, group: findGroups };

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
    const foreign = (principal: Principal): boolean =>
      principal.tenant !== undefined && principal.tenant.toLowerCase() !== caller.tenant.toLowerCase();
    const of = (principal: Principal): Named => {
      if (foreign(principal)) return { state: 'foreign', tenant: principal.tenant ?? '' };
      const known = this.#known.get(keyOf(caller, principal.objectId));
      if (known === undefined) return { state: 'unnamed' };
      if (typeof known === 'object') return { state: 'named', object: known };
      // Only of a person does it say something that people do not have the id.
      return known === 'notInDirectory' || principal.type === 'user'
        ? { state: 'gone' }
        : { state: 'unnamed' };
    };

    const asked = principals.filter(
      (principal) =>
        principal.objectId !== '' &&
        !foreign(principal) &&
        !this.#known.has(keyOf(caller, principal.objectId)),
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
          if (object !== undefined)
            this.#known.set(keyOf(caller, objectId), object === 'gone' ? absent : object);
        }
      }
      return { of, reach };
    } catch (error) {
      return { of, reach: Failure.from(error) };
    }
  }

  /** Who the caller is, without a look at the directory; undefined when their token does not say. */
  async me(caller: Caller): Promise<Me | undefined> {
    const token = await this.#tokens.silent(caller, this.#door.cloud.audiences.resourceManager);
    const claims = claimsOf(token);
    if (claims?.objectId === undefined || claims.tenant === undefined) return undefined;
    const types = { user: 'user', application: 'servicePrincipal' } as const;
    return {
      objectId: claims.objectId,
      type: claims.bearer === undefined ? 'unknown' : types[claims.bearer],
      tenant: claims.tenant,
      name: claims.name ?? claims.userName ?? caller.account.label,
      userName: claims.userName,
    };
  }

  /** What the caller's token may read, or why that cannot be known. */
  async rights(caller: Caller): Promise<ReadonlySet<GraphRight> | Failure> {
    return graphRights(this.#door, this.#tokens, caller).catch((error: unknown) => Failure.from(error));
  }

  /** Throws only when the search was called off. */
  async search(caller: Caller, type: ObjectType, text: string, signal?: AbortSignal): Promise<Search> {
    try {
      const rights = await graphRights(this.#door, this.#tokens, caller);
      if (!rights.has(type)) return { state: 'notAllowed' };
      const { objects, more } = await searches[type](this.#door, caller, text, signal);
      this.#remember(caller, objects);
      return { state: 'found', objects, more };
    } catch (error) {
      return { state: 'failed', failure: failureUnlessAborted(error, signal) };
    }
  }

  /** What somebody pasted: an object id, a sign-in name or an application's id. Throws only when called off. */
  async identify(
    caller: Caller,
    text: string,
    wanted: ObjectType,
    signal?: AbortSignal,
  ): Promise<Identified> {
    const asked = text.trim().replace(/^\{(.*)\}$/, '$1');
    const guid = isGuid(asked);
    if (!guid && !/^[^\s@]+@[^\s@]+$/.test(asked)) return { state: 'notAnId' };
    try {
      const rights = await graphRights(this.#door, this.#tokens, caller);
      if (guid) return await this.#byId(caller, asked.toLowerCase(), wanted, rights, signal);
      return await this.#byName(caller, asked, wanted, rights, signal);
    } catch (error) {
      const failure = failureUnlessAborted(error, signal);
      if (guid) return { state: 'unknownType', objectId: asked.toLowerCase(), failure };
      // Whatever went wrong: a name with an @ is nobody's but a person's.
      return wanted === 'user' ? { state: 'needsGraph', failure } : { state: 'notAnId' };
    }
  }

  async #byId(
    caller: Caller,
    id: string,
    wanted: ObjectType,
    rights: ReadonlySet<GraphRight>,
    signal: AbortSignal | undefined,
  ): Promise<Identified> {
    const looked = new Map<ObjectType, DirectoryObject | undefined>();
    const troubles = new Map<ObjectType, unknown>();
    const lookFor = async (type: ObjectType): Promise<void> => {
      try {
        looked.set(type, await objectById(this.#door, caller, type, id, signal));
      } catch (error) {
        // What is refused in spite of the token is as unknown as what the token does not allow.
        if (Failure.from(error).code !== 'forbidden') troubles.set(type, error);
      }
    };
    await Promise.all(objectTypes.filter((type) => rights.has(type)).map(lookFor));
    const object = [...looked.values()].find((one) => one !== undefined);
    if (object !== undefined) {
      this.#remember(caller, [object]);
      return object.type === wanted ? { state: 'found', objects: [object] } : { state: 'otherType', object };
    }
    // Whichever came first: the same is told each time.
    const trouble = objectTypes.map((type) => troubles.get(type)).find((error) => error !== undefined);
    if (trouble !== undefined) throw trouble;
    const application = looked.has('servicePrincipal')
      ? await servicePrincipalByAppId(this.#door, caller, id, signal)
      : undefined;
    if (application !== undefined) {
      this.#remember(caller, [application]);
      return { state: 'isApplicationId', object: application };
    }
    return looked.has(wanted)
      ? { state: 'notInDirectory' }
      : { state: 'unknownType', objectId: id, failure: undefined };
  }

  async #byName(
    caller: Caller,
    name: string,
    wanted: ObjectType,
    rights: ReadonlySet<GraphRight>,
    signal: AbortSignal | undefined,
  ): Promise<Identified> {
    const isUser = wanted === 'user';
    if (!rights.has('user'))
      return isUser ? { state: 'needsGraph', failure: undefined } : { state: 'notAnId' };
    const users = await usersByName(this.#door, caller, name, signal);
    this.#remember(caller, users);
    const [first, ...others] = users;
    if (first === undefined) return { state: isUser ? 'notInDirectory' : 'notAnId' };
    return isUser ? { state: 'found', objects: [first, ...others] } : { state: 'otherType', object: first };
  }

  /** Who was found by other ways is known by id from then on, even where ids may not be looked up. */
  #remember(caller: Caller, objects: readonly DirectoryObject[]): void {
    for (const object of objects) this.#known.set(keyOf(caller, object.id), object);
  }
}

function keyOf(caller: Caller, id: string): string {
  return JSON.stringify([caller.account.id, caller.tenant, id.toLowerCase()]);
}

function failureUnlessAborted(error: unknown, signal: AbortSignal | undefined): Failure {
  const failure = Failure.from(error);
  if (signal?.aborted === true) throw failure;
  return failure;
}
