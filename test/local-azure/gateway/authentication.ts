import { Binary } from 'bson';
import { Double } from 'bson';
import type { Reply } from './commands/command.ts';
import type { Doc } from './bson/value.ts';
import type { GatewayCluster } from './cluster.ts';
import { CommandError } from './commandError.ts';
import type { Identity } from './identity.ts';
import { rolesOf } from './identity.ts';
import { readToken } from './oidc.ts';
import { ScramExchange, credentialFor } from './scram.ts';
import type { ScramCredential } from './scram.ts';
import type { Store } from './storage/store.ts';

type State =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'native'; readonly identity: Identity }
  | { readonly kind: 'entra'; readonly identity: Identity }
  | { readonly kind: 'expired' };

export interface AuthenticationOptions {
  readonly cluster: GatewayCluster;
  readonly store: Store;
  readonly verifyToken: (jwt: string) => Promise<void>;
  readonly audience: string;
}

/** A timer cannot be set further than this; a token that lives longer does not matter to anybody. */
const LONGEST_TIMER = 2 ** 31 - 1;

const INTERNAL = 'An unexpected internal error has occurred';
const UNSUPPORTED = 'The authentication mechanism provided is not supported in the service.';

/** Who a connection is, from its first message until its token runs out. */
export class Authentication {
  readonly #options: AuthenticationOptions;
  #state: State = { kind: 'anonymous' };
  #exchange: ScramExchange | undefined;
  /** The kind a connection once had is its kind for good; only `logout` forgets it. */
  #kind: Identity['kind'] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  get expired(): boolean {
    return this.#state.kind === 'expired';
  }

  get identity(): Identity | undefined {
    return this.#state.kind === 'native' || this.#state.kind === 'entra' ? this.#state.identity : undefined;
  }

  async start(body: Doc): Promise<Reply> {
    const mechanism = body.get('mechanism');
    if (typeof mechanism !== 'string') throw new CommandError('BadValue', 'Failed to parse: mechanism');
    const payload = payloadOf(body);
    if (mechanism === 'MONGODB-OIDC') return this.#oidc(payload);
    if (mechanism === 'SCRAM-SHA-256') return this.#scram(payload);
    throw new CommandError(
      'AuthenticationFailed',
      `Only SCRAM-SHA-256 and MONGODB-OIDC are supported, got: ${mechanism}`,
    );
  }

  async #oidc(payload: Buffer): Promise<Reply> {
    const { cluster, store, verifyToken, audience } = this.#options;
    const { jwt, oid, secondsLeft } = readToken(payload, audience, Date.now());
    if (!cluster.allowedModes.includes('MicrosoftEntraID')) {
      throw new CommandError('AuthenticationFailed', UNSUPPORTED);
    }
    try {
      await verifyToken(jwt);
    } catch {
      throw new CommandError('AuthenticationFailed', 'The token provided is not valid.');
    }
    const identity: Identity = { name: oid, kind: 'entra' };
    if (!rolesOf(identity, cluster, store)) {
      throw new CommandError('AuthenticationFailed', 'External identity is not present in the system.');
    }
    // A timer that still runs, or a password used before, is something the real gateway trips over.
    if (this.#timer || this.#kind === 'native') throw new CommandError('InternalError', INTERNAL);
    this.#kind = 'entra';
    this.#state = { kind: 'entra', identity };
    this.#timer = setTimeout(() => this.expire(), Math.min(secondsLeft * 1000, LONGEST_TIMER));
    this.#timer.unref();
    return { payload: new Binary(Buffer.alloc(0)), ok: new Double(1), conversationId: 1, done: true };
  }

  #scram(payload: Buffer): Reply {
    const { cluster, store } = this.#options;
    if (!cluster.allowedModes.includes('NativeAuth'))
      throw new CommandError('AuthenticationFailed', UNSUPPORTED);
    const exchange = new ScramExchange(payload.toString('utf8'), (name) =>
      credentialOf(name, cluster, store),
    );
    if (this.#kind === 'entra') throw new CommandError('InternalError', INTERNAL);
    this.#kind = 'native';
    this.#exchange = exchange;
    return {
      payload: new Binary(Buffer.from(exchange.firstReply)),
      ok: new Double(1),
      conversationId: 1,
      done: false,
    };
  }

  continue(body: Doc): Reply {
    const payload = payloadOf(body);
    const exchange = this.#exchange;
    if (!exchange) {
      throw new CommandError('AuthenticationFailed', 'SaslContinue called without SaslStart state.');
    }
    if (body.get('mechanism') === 'MONGODB-OIDC') {
      throw new CommandError(
        'AuthenticationFailed',
        'Auth mechanism MONGODB-OIDC is not supported in SaslContinue',
      );
    }
    const reply = exchange.finish(payload.toString('utf8'));
    this.#exchange = undefined;
    this.#state = { kind: 'native', identity: { name: exchange.userName, kind: 'native' } };
    return { payload: new Binary(Buffer.from(reply)), ok: new Double(1), conversationId: 1, done: true };
  }

  /** What the timer does when the token has run out; the connection itself lives on. */
  expire(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#state.kind === 'entra') this.#state = { kind: 'expired' };
  }

  logout(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = { kind: 'anonymous' };
    this.#exchange = undefined;
    this.#kind = undefined;
  }
}

function payloadOf(body: Doc): Buffer {
  const payload = body.get('payload');
  if (payload instanceof Binary) return Buffer.from(payload.value());
  throw new CommandError('BadValue', 'Failed to parse: payload');
}

/** Deriving keys from a password is slow on purpose, so the administrator's are kept while it does not change. */
const administratorCredentials = new Map<string, ScramCredential>();

function credentialOf(name: string, cluster: GatewayCluster, store: Store): ScramCredential | undefined {
  const { administrator } = cluster;
  if (administrator?.userName === name) {
    const known = administratorCredentials.get(administrator.password);
    if (known) return known;
    const made = credentialFor(administrator.password);
    administratorCredentials.set(administrator.password, made);
    return made;
  }
  const user = store.users.get(name);
  return user?.kind === 'native' ? user.credential : undefined;
}
