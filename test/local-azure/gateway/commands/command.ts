import type { Encodable } from '../bson/encode.ts';
import type { Doc } from '../bson/value.ts';
import type { GatewayCluster } from '../cluster.ts';
import type { CursorPool } from '../cursors.ts';
import type { Access, Identity } from '../identity.ts';
import type { Operation, Operations } from '../operations.ts';
import type { Store } from '../storage/store.ts';

/** What every command of a gateway works on. */
export interface Service {
  readonly cluster: GatewayCluster;
  readonly store: Store;
  readonly cursors: CursorPool;
  readonly operations: Operations;
}

/** One command of one connection, understood and authorised. */
export interface Call extends Service {
  readonly body: Doc;
  readonly database: string;
  /** Absent only for the few commands that a stranger may send. */
  readonly identity: Identity | undefined;
  readonly access: Access;
  /** The logical session, which cursors are tied to. */
  readonly session: string | undefined;
  readonly connection: number;
  readonly operation: Operation;
}

export type Reply = { readonly [key: string]: Encodable };

/** What a caller must have. `identity` is anybody who signed in, half a role pair included. */
export type Need = 'nothing' | 'identity' | Exclude<Access, 'none'>;

export interface Command {
  readonly needs: Need | ((call: Pick<Call, 'body'>) => Need);
  /** Whether a replica refuses it. */
  readonly writes?: boolean | ((call: Pick<Call, 'body'>) => boolean);
  /** Whether it is about data, which a gateway that relays does not have. */
  readonly forwarded?: boolean;
  readonly run: (call: Call) => Reply | Promise<Reply>;
}

export type CommandTable = Readonly<Record<string, Command>>;
