import assert from 'node:assert/strict';
import { generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { MongoClient, MongoServerError } from 'mongodb';
import type { Db, Document, MongoClientOptions, OIDCCallbackParams } from 'mongodb';
import type { GatewayCluster } from './cluster.ts';
import { startGateway } from './gateway.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';

/** People whom the trial cluster knows, and one whom it does not. */
export const people = {
  admin: '11111111-1111-4111-8111-111111111111',
  writer: '22222222-2222-4222-8222-222222222222',
  reader: '33333333-3333-4333-8333-333333333333',
  stranger: '99999999-9999-4999-8999-999999999999',
} as const;

export const AUDIENCE = 'https://ossrdbms-aad.database.windows.net';
const ISSUER = 'https://sts.windows.net/00000000-0000-4000-8000-000000000000/';

const { privateKey, publicKey } = await generateKeyPair('RS256');

/** A token as Entra would make it; each claim can be made wrong, and `undefined` leaves it out. */
export function token(oid: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return new SignJWT({ oid, aud: AUDIENCE, iss: ISSUER, exp, ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .sign(privateKey);
}

export async function verifyToken(jwt: string): Promise<void> {
  await jwtVerify(jwt, publicKey, { issuer: ISSUER });
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function trialCluster(changes: Partial<GatewayCluster> = {}): Writable<GatewayCluster> {
  return {
    name: 'orders-eu',
    serverVersion: '8.0',
    running: true,
    readOnly: false,
    allowedModes: ['MicrosoftEntraID', 'NativeAuth'],
    administrator: { userName: 'clusteradmin', password: 'Correct,horse=battery 1' },
    administrators: new Map([[people.admin, { principalType: 'user' as const }]]),
    ...changes,
  };
}

/** What a test opened and has to close again. */
export class Trial {
  readonly cluster: Writable<GatewayCluster>;
  readonly gateway: Gateway;
  readonly #clients: MongoClient[] = [];

  private constructor(cluster: Writable<GatewayCluster>, gateway: Gateway) {
    this.cluster = cluster;
    this.gateway = gateway;
  }

  static async start(
    changes: Partial<GatewayCluster> = {},
    options: Partial<Omit<GatewayOptions, 'cluster'>> = {},
  ): Promise<Trial> {
    const cluster = trialCluster(changes);
    return new Trial(cluster, await startGateway({ cluster, verifyToken, ...options }));
  }

  uri(more = ''): string {
    return `mongodb://127.0.0.1:${this.gateway.port}/?retryWrites=false&serverSelectionTimeoutMS=10000${more}`;
  }

  client(uri: string, options: MongoClientOptions = {}): MongoClient {
    const client = new MongoClient(uri, { promoteValues: true, ...options });
    this.#clients.push(client);
    return client;
  }

  /** A client that signs in as this person, by whatever means it is given to come by a token. */
  as(
    oid: string,
    options: MongoClientOptions = {},
    fetchToken: (params: OIDCCallbackParams) => Promise<string> = () => token(oid),
  ): MongoClient {
    return this.client(this.uri('&authMechanism=MONGODB-OIDC'), {
      ...options,
      authMechanismProperties: {
        OIDC_CALLBACK: async (params) => ({ accessToken: await fetchToken(params) }),
      },
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.gateway.close();
  }
}

/** The server's answer to something that has to fail. */
export async function serverErrorOf(failing: Promise<unknown>): Promise<MongoServerError> {
  const error = await failing.then(
    (value) => assert.fail(`it should have failed, and answered ${JSON.stringify(value).slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MongoServerError, String(error));
  return error;
}

export async function failureOf(
  failing: Promise<unknown>,
): Promise<{ readonly code: unknown; readonly errmsg: unknown }> {
  const { code, errmsg } = await serverErrorOf(failing);
  // An answer that was read without promoting its numbers has a code of type int32.
  return { code: Number(code), errmsg };
}

export async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  return (await failureOf(failing)).code;
}

/** A database whose answers come with nothing promoted: the type of a number is part of an answer's shape. */
export interface ExactDb extends Pick<Db, 'client' | 'collection'> {
  command(command: Document): Promise<Document>;
}

export function exactly(db: Db): ExactDb {
  return {
    client: db.client,
    collection: db.collection.bind(db),
    command: (command) => db.command(command, { promoteValues: false, promoteLongs: false }),
  };
}
