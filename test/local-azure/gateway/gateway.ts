import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Binary } from 'bson';
import type { Authority, Credentials } from '../authority.ts';
import { startDoorway, type Doorway } from '../doorway.ts';
import { isDoc } from './bson/value.ts';
import type { GatewayCluster } from './cluster.ts';
import type { Service } from './commands/command.ts';
import { serve } from './connection.ts';
import { Conversation } from './conversation.ts';
import type { CommandRecord, ConversationOptions } from './conversation.ts';
import { CursorPool } from './cursors.ts';
import { FaultQueue } from './faults.ts';
import type { GatewayFaults } from './faults.ts';
import { Operations } from './operations.ts';
import type { Operation } from './operations.ts';
import type { Relay } from './relay.ts';
import { Collection } from './storage/collection.ts';
import { Generated } from './storage/generated.ts';
import type { Order } from './storage/generated.ts';
import { Store } from './storage/store.ts';
import type { Role } from './storage/user.ts';

const AUDIENCE = 'https://ossrdbms-aad.database.windows.net';

/** So many commands are remembered; older ones are forgotten, or a long demo would fill the memory. */
const REMEMBERED = 10_000;

export interface GatewayOptions {
  readonly cluster: GatewayCluster;
  /** Rejects when the signature or the issuer is bad. */
  readonly verifyToken: (jwt: string) => Promise<void>;
  readonly audience?: string;
  /** With this, TLS is all that is spoken. */
  readonly tls?: Credentials;
  /** Who signed that, and for which names: for certificates that are to be wrong. */
  readonly authority?: Authority;
  readonly names?: readonly string[];
  readonly port?: number;
  /** On loopback only; anything else is refused. */
  readonly host?: string;
  /** To share between a primary and its replicas. */
  readonly store?: Store;
  /** URI of a real server, to which authorised commands are forwarded. */
  readonly relay?: string;
}

export interface Gateway {
  readonly port: number;
  readonly faults: GatewayFaults;
  /** What goes wrong before the first command. */
  readonly doorway: Doorway;
  /** What was asked, oldest first. */
  readonly commands: readonly CommandRecord[];
  /** What is under way at this moment. */
  readonly underWay: readonly Underway[];
  /** How many cursors are open. */
  readonly openCursors: number;
  /** Whether anything was asked of it, or made in it. */
  readonly isUsed: boolean;
  /** Somebody has these roles and no others, whatever Resource Manager and the cluster granted. Without roles it is over, without a name for all. */
  forceRoles(name?: string, roles?: readonly Role[]): void;
  /** Makes a collection of documents that nobody has to write, in place of one of that name. */
  generate(database: string, name: string, order: Order): void;
  /** Forgets faults, commands and cursors; the data is the store's. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** One command while it runs. Never what is in it. */
export interface Underway {
  readonly command: string;
  readonly namespace: string;
  readonly user: string | undefined;
  readonly connection: number;
  /** The id of its logical session, as a UUID. */
  readonly lsid: string | undefined;
  /** In milliseconds since 1970. */
  readonly since: number;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A MongoDB gateway such as Azure DocumentDB puts before a cluster, for this machine alone. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { cluster, host = '127.0.0.1', tls, authority, names, port, store = new Store() } = options;
  if (!isLoopback(host)) throw new RangeError(`A local gateway does not listen on ${host}.`);
  const relay = options.relay === undefined ? undefined : await openRelay(options.relay);
  const faults = new FaultQueue();
  const commands: CommandRecord[] = [];
  const service: Service = { cluster, store, cursors: new CursorPool(), operations: new Operations() };
  const conversationOptions: ConversationOptions = {
    ...service,
    verifyToken: options.verifyToken,
    audience: options.audience ?? AUDIENCE,
    faults,
    forward: relay && ((call) => relay.forward(call)),
    record(record) {
      if (commands.push(record) > 2 * REMEMBERED) commands.splice(0, REMEMBERED);
    },
  };

  let lastId = 0;
  const converse = (socket: Socket): void => {
    void serve(socket, new Conversation(++lastId, conversationOptions));
  };
  const secured = tls && {
    server: createTlsServer({ ...tls, minVersion: 'TLSv1.2' }, converse),
    credentials: tls,
    authority,
    names,
  };
  const doorway = await startDoorway({
    host,
    port,
    tls: secured,
    admit() {
      if (!cluster.running) return 'cut';
      return cluster.firewalled === true ? 'silent' : 'open';
    },
    welcome: (socket, secure) => (secured ? secure() : converse(socket)),
  });

  const end = async (): Promise<void> => {
    await doorway.close();
    service.cursors.closeAll();
    await relay?.close();
  };
  let hasGenerated = false;
  let ended: Promise<void> | undefined;
  return {
    port: doorway.port,
    doorway,
    faults,
    commands,
    get underWay() {
      return Array.from(service.operations.running, underwayOf);
    },
    get openCursors() {
      return service.cursors.size;
    },
    get isUsed() {
      return hasGenerated || commands.length > 0;
    },
    forceRoles(name, roles) {
      if (name === undefined) store.forcedRoles.clear();
      else if (roles) store.forcedRoles.set(name, roles);
      else store.forcedRoles.delete(name);
    },
    generate(database, name, order) {
      hasGenerated = true;
      store.add(database, name, new Collection(new Map(), new Generated(order)));
    },
    async reset() {
      hasGenerated = false;
      await doorway.recover();
      faults.clear();
      store.forcedRoles.clear();
      commands.length = 0;
      service.cursors.closeAll();
    },
    close: () => (ended ??= end()),
  };
}

function underwayOf({ info, startedAt }: Operation): Underway {
  const { command, namespace, user, connection, body } = info;
  const lsid = body.get('lsid');
  const id = isDoc(lsid) ? lsid.get('id') : undefined;
  return {
    command,
    namespace,
    user,
    connection,
    lsid: id instanceof Binary && id.sub_type === Binary.SUBTYPE_UUID ? id.toUUID().toString() : undefined,
    since: startedAt,
  };
}

/** The driver that a relay needs is loaded for nobody else. */
async function openRelay(uri: string): Promise<Relay> {
  const { Relay } = await import('./relay.ts');
  return new Relay(uri);
}
