import type { LookupFunction } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { MongoClient, MongoClientOptions, OIDCResponse, ServerHeartbeatFailedEvent } from 'mongodb';
import { claimsOf } from '../identity/claims.ts';
import { refused } from './hosts.ts';
import type { Member } from './hosts.ts';
import { isHopeless } from './mongoFailure.ts';

export interface ClientSettings {
  readonly members: readonly Member[];
  readonly lookup: LookupFunction;
  /** A token for each connection that signs in, whenever the driver wants one. */
  readonly token: () => Promise<string>;
  /** How long a cluster has to answer for the first time, in milliseconds. */
  readonly answer: number;
  readonly besides?: Besides;
}

/** What may be otherwise from client to client. */
export type Besides = Pick<
  MongoClientOptions,
  | 'monitorCommands'
  | 'readPreference'
  | 'readConcern'
  | 'readConcernLevel'
  | 'writeConcern'
  | 'w'
  | 'wtimeoutMS'
  | 'journal'
>;

/** A client of the driver's, which has not connected yet. */
export async function newClient(settings: ClientSettings): Promise<MongoClient> {
  const { members, lookup, token, answer, besides } = settings;
  // The driver is read when it is first needed.
  const { MongoClient } = await import('./handshakes.ts');
  return new MongoClient(`mongodb://${members.map((one) => `${one.host}:${one.port}`).join(',')}/`, {
    ...besides,
    ...safely(members),
    serverSelectionTimeoutMS: answer,
    connectTimeoutMS: Math.min(answer, 10_000),
    lookup,
    authMechanismProperties: {
      ALLOWED_HOSTS: members.map((member) => member.host),
      OIDC_CALLBACK: async () => presented(await token()),
    },
  });
}

/** Connects, or fails as soon as it is known that nothing will come of it. */
export async function connect(client: MongoClient, members: readonly Member[]): Promise<void> {
  const { promise: hopeless, reject } = Promise.withResolvers<never>();
  // The driver tries on until its time is up; where the only server will never do, that is known at once.
  const failed = ({ failure }: ServerHeartbeatFailedEvent): void => {
    if (members.length === 1 && isHopeless(failure)) reject(failure);
  };
  client.on('serverHeartbeatFailed', failed);
  try {
    await Promise.race([client.connect(), hopeless]);
  } finally {
    client.off('serverHeartbeatFailed', failed);
  }
}

function presented(accessToken: string): OIDCResponse {
  const end = claimsOf(accessToken)?.expiresAt;
  if (end === undefined) return { accessToken };
  return { accessToken, expiresInSeconds: Math.max(0, Math.floor((end - Date.now()) / 1000)) };
}

/** What holds for every session. */
function safely(members: readonly Member[]): MongoClientOptions {
  return {
    appName: 'cosmos-entra',
    tls: true,
    // An environment variable turns this off for all of Node.
    rejectUnauthorized: true,
    // The last look at where a connection leads. Addresses, of which a server may tell, are never looked up.
    checkServerIdentity: (host, certificate) =>
      members.some((member) => member.host === host) ? checkServerIdentity(host, certificate) : refused(host),
    authMechanism: 'MONGODB-OIDC',
    authSource: '$external',
    retryWrites: false,
    maxPoolSize: 8,
    // Azure drops what was silent for longer.
    maxIdleTimeMS: 120_000,
    // The driver's log is opened by environment variables and prints answers whole.
    mongodbLogComponentSeverities: {
      default: 'off',
      command: 'off',
      topology: 'off',
      serverSelection: 'off',
      connection: 'off',
      client: 'off',
    },
  };
}
