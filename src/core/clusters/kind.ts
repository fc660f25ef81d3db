import type { Door } from '../azure/door.ts';
import type { Resource } from '../azure/resourceManager.ts';
import type { Cluster, Fact, Grant, KindId, Modes } from './cluster.ts';

/**
 * A kind of cluster: all that differs between them. Discovery, tree and access know only this; to add a kind
 * is to write one of these and name it in `kinds.ts`.
 */
export interface Kind {
  readonly id: KindId;
  readonly armType: string;
  /** Newest first; a cloud that lags behind is asked with the next. */
  readonly apiVersions: readonly string[];
  /** The properties that a list is asked for: enough for a row of the tree. */
  readonly listed: readonly string[];
  /** What people share to get in without Entra. */
  readonly nativeSecret: 'password' | 'keys';
  /** Some users live in the database alone, where ARM does not see them. */
  readonly hasUsersInside: boolean;
  /** `unknown` where the resource, as we have it, does not say. `asked`: it is all that ARM says. */
  modes(resource: Resource, asked: boolean): Modes;
  state(resource: Resource): string | undefined;
  facts(resource: Resource): readonly Fact[];
  /** Who has access, as far as ARM lists them. */
  grants(door: Door, cluster: Cluster, signal?: AbortSignal): Promise<readonly Grant[]>;
}
