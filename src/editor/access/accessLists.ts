import type { Names } from '../../core/access/principals.ts';
import type { Cluster, Grant } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { Inside } from '../../core/findings/finding.ts';
import { Failure } from '../../core/failure.ts';
import { claimsOf } from '../../core/identity/claims.ts';
import type { Azure } from '../azure.ts';

/** Who has access to a cluster, as far as everybody has answered. */
export interface AccessList {
  readonly grants: readonly Grant[];
  readonly you: string | undefined;
  readonly names: Names | undefined;
  /** Who is known to the database alone, or why that cannot be said. */
  readonly insiders: readonly Grant[] | 'asking' | 'needEntra' | 'notRunning' | Failure;
}

/** Everybody who is known by now. */
export function everybody({ grants, insiders }: AccessList): readonly Grant[] {
  return typeof insiders === 'string' || insiders instanceof Failure ? grants : [...grants, ...insiders];
}

/** How long a list waits for names before it is given with ids. */
const patience = 700;

/** The lists that were opened, until they are forgotten. Names and users inside the database follow. */
export class AccessLists {
  readonly #azure: () => Azure;
  readonly #more: (key: string) => void;
  readonly #opened = new Map<string, AccessList>();
  readonly #following = new WeakMap<readonly Grant[], Promise<void>>();

  /** `more`: to a list that was given something has been added. */
  constructor(azure: () => Azure, more: (key: string) => void) {
    this.#azure = azure;
    this.#more = more;
  }

  /** One cluster's, or all. */
  forget(key?: string): void {
    if (key === undefined) this.#opened.clear();
    else this.#opened.delete(key);
  }

  async of(cluster: Cluster): Promise<AccessList> {
    return this.#opened.get(cluster.key) ?? (await this.#ask(cluster));
  }

  /** With the users inside the database, however long it takes to ask. */
  async whole(cluster: Cluster): Promise<AccessList> {
    const list = await this.of(cluster);
    await this.#following.get(list.grants);
    return this.#opened.get(cluster.key) ?? list;
  }

  /** Who was known to the database alone when somebody had the list opened; nothing is asked. */
  insidersOf(key: string): Inside | undefined {
    const { insiders, names } = this.#opened.get(key) ?? {};
    if (insiders === undefined || typeof insiders === 'string' || insiders instanceof Failure)
      return undefined;
    return { grants: insiders, names };
  }

  /** What the database said when it was last asked and did not let somebody in. */
  saidOf(key: string): string {
    const insiders = this.#opened.get(key)?.insiders;
    return insiders instanceof Failure && 'message' in insiders.data ? insiders.data.message : '';
  }

  async #ask(cluster: Cluster): Promise<AccessList> {
    const { door, tokens } = this.#azure();
    const asking = this.#insiders(cluster);
    const [grants, you] = await Promise.all([
      kinds[cluster.kind].grants(door, cluster),
      tokens.silent(cluster.caller, door.cloud.audiences.resourceManager).then(
        (token) => claimsOf(token)?.objectId,
        () => undefined,
      ),
    ]);
    const first: AccessList = { grants, you, names: undefined, insiders: asking.now };
    this.#opened.set(cluster.key, first);
    const opened = await this.#named(cluster, first);
    if (asking.later !== undefined)
      this.#following.set(
        grants,
        asking.later.then((found) => this.#letIn(cluster, first, found)),
      );
    return opened;
  }

  /** Whoever the database alone knows: it is asked beside Azure, and nobody waits for it. */
  #insiders(cluster: Cluster): {
    now: AccessList['insiders'];
    later?: Promise<readonly Grant[] | Failure>;
  } {
    const { insiders } = kinds[cluster.kind];
    if (insiders === undefined) return { now: [] };
    if (cluster.modes.entra === 'off') return { now: 'needEntra' };
    if (/^stopp/i.test(cluster.state ?? '')) return { now: 'notRunning' };
    const later = insiders(this.#azure().database, cluster).catch((error: unknown) => Failure.from(error));
    return { now: 'asking', later };
  }

  /** Who is listed by Azure as well has a row already. */
  async #letIn(cluster: Cluster, first: AccessList, found: readonly Grant[] | Failure): Promise<void> {
    const known = this.#opened.get(cluster.key);
    // Of a list that was asked for anew meanwhile this says nothing.
    if (known === undefined || known.grants !== first.grants) return;
    if (found instanceof Failure) this.#opened.set(cluster.key, { ...known, insiders: found });
    else {
      const listed = new Set(known.grants.map(({ holder }) => holderKey(holder)));
      const insiders = found.filter(({ holder }) => !listed.has(holderKey(holder)));
      const opened = { ...known, insiders };
      this.#opened.set(cluster.key, opened);
      await this.#named(cluster, opened);
    }
    this.#more(cluster.key);
  }

  /** With names as soon as they come; rows that waited long enough show without. */
  async #named(cluster: Cluster, opened: AccessList): Promise<AccessList> {
    const { directory } = this.#azure();
    const all = everybody(opened);
    const principals = all.flatMap(({ holder }) => (holder.state === 'entra' ? [holder.principal] : []));
    const remember = (names: Names): AccessList => {
      const known = this.#opened.get(cluster.key);
      const named = { ...(known?.grants === opened.grants ? known : opened), names };
      if (known?.grants === opened.grants) this.#opened.set(cluster.key, named);
      return named;
    };
    if (principals.length === 0) return remember(noNames);
    const naming = directory.names(cluster.caller, principals);
    const names = await Promise.race([
      naming,
      new Promise<undefined>((resolve) => setTimeout(resolve, patience, undefined)),
    ]);
    if (names !== undefined) return remember(names);
    void naming.then((late) => {
      // Names of a list that was asked for anew meanwhile are nobody's.
      if (this.#opened.get(cluster.key)?.grants !== opened.grants) return;
      remember(late);
      this.#more(cluster.key);
    });
    return this.#opened.get(cluster.key) ?? opened;
  }
}

function holderKey(holder: Grant['holder']): string {
  if (holder.state === 'entra') return holder.principal.objectId.toLowerCase();
  return holder.state === 'native' ? `native ${holder.name}` : holder.state;
}

const noNames: Names = { of: () => ({ state: 'unnamed' }), reach: 'nobody' };
