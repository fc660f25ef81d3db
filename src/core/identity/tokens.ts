import { claimsOf } from './claims.ts';
import { Failure } from '../failure.ts';
import { refusalOf } from './refusals.ts';

export interface Account {
  readonly id: string;
  readonly label: string;
}

/** On whose behalf, in which directory: every token and every request names both. */
export interface Caller {
  readonly account: Account;
  /** A tenant's id, or `organizations` for the account's home. */
  readonly tenant: string;
}

export interface TokenRequest {
  readonly caller: Caller;
  /** The audience, as the receiver spells it. */
  readonly resource: string;
  /** May ask the person. Only after a gesture of theirs. */
  readonly interactive: boolean;
  /** A `WWW-Authenticate` header that the service answered with, to be satisfied by the new token. */
  readonly challenge?: string;
}

/** Who can sign people in; the editor, in production. */
export interface TokenSource {
  accounts(): Promise<readonly Account[]>;
  /** Undefined when it takes a person and none may be asked. */
  token(request: TokenRequest): Promise<string | undefined>;
}

export interface Clock {
  now(): number;
}

/** What happened at the doors to Entra and Azure: without secrets, for the log. */
export interface Events {
  tokenAsked(event: {
    readonly account: string;
    readonly tenant: string;
    readonly resource: string;
    readonly interactive: boolean;
    readonly outcome: 'ok' | 'needsPerson' | Failure;
  }): void;
  requestSent(event: {
    readonly account: string;
    readonly tenant: string;
    readonly method: string;
    readonly host: string;
    readonly path: string;
    readonly status: number | string;
    readonly milliseconds: number;
    readonly correlationId: string | undefined;
  }): void;
}

interface Held {
  readonly token: string;
  /** Until then it is handed out unasked. */
  readonly goodUntil: number;
}

/**
 * The one giver of tokens: asks its source for each (account, tenant, resource), keeps the answer in memory
 * only and until shortly before its end. Nobody else holds a token for longer than a request.
 */
export class TokenBroker {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #held = new Map<string, Held>();
  readonly #asking = new Map<string, Promise<string>>();
  readonly #refusals = new Map<string, Failure>();
  readonly #challenges = new Map<string, string>();
  /** By their ids; undefined before anybody asked who there is. */
  #present: ReadonlySet<string> | undefined;
  #countings = 0;
  #isClosed = false;

  constructor(source: TokenSource, clock: Clock, events: Events) {
    this.#source = source;
    this.#clock = clock;
    this.#events = events;
  }

  async accounts(): Promise<readonly Account[]> {
    const counting = ++this.#countings;
    const found = await this.#source.accounts();
    // An answer that is late knows less than one that was asked for after it.
    if (counting === this.#countings) this.keepOnly(found);
    return found;
  }

  /** Who is not among these left: nobody gets a token of theirs, whatever was begun for them. */
  keepOnly(accounts: readonly Account[]): void {
    this.#present = new Set(accounts.map(({ id }) => id));
  }

  /** The cloud is another now: nobody gets a token for this one any more. */
  close(): void {
    this.#isClosed = true;
    this.forget();
  }

  /** A token without asking anybody. Who asks at the same time gets the same answer. */
  silent(caller: Caller, resource: string): Promise<string> {
    if (this.#isGone(caller)) return this.#again(caller).then(() => this.silent(caller, resource));
    const key = keyOf(caller, resource);
    const held = this.#held.get(key);
    if (held !== undefined && this.#clock.now() < held.goodUntil) return Promise.resolve(held.token);
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const asked = this.#ask({ caller, resource, interactive: false }).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }

  /** A token, asking the person if it takes one; satisfies what the service last demanded of them. */
  interactive(caller: Caller, resource: string): Promise<string> {
    const challenge = this.#challenges.get(keyOf(caller, resource));
    return this.#ask({
      caller,
      resource,
      interactive: true,
      ...(challenge === undefined ? {} : { challenge }),
    });
  }

  /** A token that satisfies the service's demand, if that takes no person; if it does, the demand is kept. */
  async answer(caller: Caller, resource: string, challenge: string): Promise<string> {
    this.keepDemand(caller, resource, challenge);
    return this.#ask({ caller, resource, interactive: false, challenge });
  }

  /** The next sign-in is to satisfy this demand of the service's. */
  keepDemand(caller: Caller, resource: string, challenge: string): void {
    this.#challenges.set(keyOf(caller, resource), challenge);
  }

  /** The service refused this token: it is not handed out again. */
  drop(caller: Caller, resource: string, token: string): void {
    const key = keyOf(caller, resource);
    if (this.#held.get(key)?.token === token) this.#held.delete(key);
  }

  /** The editor's accounts changed: nothing held is believed any more. */
  forget(): void {
    this.#held.clear();
    this.#refusals.clear();
    this.#challenges.clear();
  }

  #isGone({ account }: Caller): boolean {
    return this.#isClosed || this.#present?.has(account.id) === false;
  }

  /** Somebody may be back, and nobody has asked since. */
  async #again(caller: Caller): Promise<void> {
    if (!this.#isClosed) await this.accounts();
    if (this.#isGone(caller)) throw signedOut(caller);
  }

  async #ask(request: TokenRequest): Promise<string> {
    const { caller, resource } = request;
    if (this.#isGone(caller)) await this.#again(caller);
    const key = keyOf(caller, resource);
    const asked = { tenant: caller.tenant, account: caller.account.id, resource };
    const report = (outcome: 'ok' | 'needsPerson' | Failure): void =>
      this.#events.tokenAsked({
        account: caller.account.label,
        tenant: caller.tenant,
        resource,
        interactive: request.interactive,
        outcome,
      });
    let token: string | undefined;
    try {
      token = await this.#source.token(request);
    } catch (error) {
      const failure = error instanceof Failure ? error : refusalOf(error, asked);
      if (failure.code === 'signInRefused') this.#refusals.set(key, failure);
      report(failure);
      throw failure;
    }
    if (this.#isGone(caller)) throw signedOut(caller);
    if (token === undefined) {
      report('needsPerson');
      // The editor keeps to itself why a silent request failed; what it said when asked aloud still holds.
      throw (
        this.#refusals.get(key) ??
        new Failure({ code: request.challenge === undefined ? 'signInNeeded' : 'stepUpNeeded', ...asked })
      );
    }
    report('ok');
    this.#refusals.delete(key);
    this.#challenges.delete(key);
    this.#held.set(key, { token, goodUntil: this.#goodUntil(token) });
    return token;
  }

  /**
   * Five minutes before the end, or a tenth of the life if that is less; of a life of minutes or seconds half a
   * minute or half of it, for whoever is given it must still get there. A source that keeps returning a token
   * in its last minutes is asked again only now and then, not at each request.
   */
  #goodUntil(token: string): number {
    const now = this.#clock.now();
    const claims = claimsOf(token);
    if (claims?.expiresAt === undefined) return now + minute;
    const life = claims.expiresAt - (claims.issuedAt ?? now);
    const least = Math.min(minute / 2, life / 2);
    const good = claims.expiresAt - Math.min(5 * minute, Math.max(life / 10, least));
    return Math.max(good, now + Math.min(minute / 2, Math.max(0, claims.expiresAt - now) / 2));
  }
}

const minute = 60_000;

function signedOut({ account }: Caller): Failure {
  return new Failure({ code: 'signedOut', account: account.label });
}

function keyOf(caller: Caller, resource: string): string {
  return JSON.stringify([caller.account.id, caller.tenant, resource]);
}
