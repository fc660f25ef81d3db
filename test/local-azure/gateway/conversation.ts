import { Binary, Long } from 'bson';
import { Authentication } from './authentication.ts';
import type { AuthenticationOptions } from './authentication.ts';
import { keyOf } from './bson/key.ts';
import type { Encodable } from './bson/encode.ts';
import { isDoc } from './bson/value.ts';
import type { Doc } from './bson/value.ts';
import { CommandError, errorReply } from './commandError.ts';
import { toNumber } from './bson/number.ts';
import type { Call, Command, Need, Reply, Service } from './commands/command.ts';
import { OK } from './commands/session.ts';
import { commandName, commandOf } from './commands/table.ts';
import type { FaultQueue } from './faults.ts';
import { accessOf, rolesOf } from './identity.ts';
import type { Access, Identity } from './identity.ts';

/** One command that a gateway was asked for. Never what was in it: a payload may be a token. */
export interface CommandRecord {
  readonly name: string;
  readonly database: string;
  readonly user: string | undefined;
  readonly connection: number;
  /** The code of its failure. */
  readonly code: number | undefined;
}

export interface ConversationOptions extends Service, AuthenticationOptions {
  readonly faults: FaultQueue;
  readonly record: (record: CommandRecord) => void;
  /** Where authorised commands go instead of the gateway's own data. */
  readonly forward: ((call: Call) => Promise<Reply>) | undefined;
}

/** The connection is to be cut, without an answer. */
export class Disconnect extends Error {}

interface Asked {
  readonly name: string;
  readonly database: string;
  readonly body: Doc;
}

const ranks: Readonly<Record<Access, number>> = { none: 0, read: 1, write: 2, root: 3 };
const handshakes: readonly string[] = ['hello', 'isMaster'];

/** What one connection and the gateway say to each other, from the first hello to the end. */
export class Conversation {
  readonly id: number;
  readonly #options: ConversationOptions;
  readonly #authentication: Authentication;
  #introduced = false;

  constructor(id: number, options: ConversationOptions) {
    this.id = id;
    this.#options = options;
    this.#authentication = new Authentication(options);
  }

  /** Before anybody has signed in, messages are kept small. */
  get trusted(): boolean {
    return this.#authentication.identity !== undefined || this.#authentication.expired;
  }

  close(): void {
    this.#authentication.logout();
    this.#options.operations.killOf(this.id);
  }

  async answer(body: Doc): Promise<Reply> {
    let asked: Asked = { name: body.keys().next().value ?? '', database: '', body };
    try {
      asked = this.#parse(body);
      const reply = await this.#run(asked);
      this.#record(asked, undefined);
      return reply;
    } catch (error) {
      if (error instanceof Disconnect) throw error;
      const known = error instanceof CommandError ? error : internal(error);
      this.#record(asked, known.code);
      return errorReply(known);
    }
  }

  #record({ name, database }: Asked, code: number | undefined): void {
    const user = this.#authentication.identity?.name;
    this.#options.record({ name, database, user, connection: this.id, code });
  }

  /** An unknown command is told so whoever asks: parsing comes before authentication. */
  #parse(body: Doc): Asked {
    const written = body.keys().next().value ?? '';
    const name = commandName(written);
    if (name === undefined) throw new CommandError('CommandNotFound', `Command '${written}' not found.`);
    if (written !== name) {
      // Each command finds its own value under its own name.
      body.set(name, body.get(written) ?? null);
      body.delete(written);
    }
    const database = body.get('$db');
    if (typeof database !== 'string') throw new CommandError('BadValue', 'Expected $db to be a string');
    const maxTime = body.get('maxTimeMS');
    if (maxTime !== undefined && toNumber(maxTime) === undefined) {
      throw new CommandError('TypeMismatch', 'Expected maxTimeMS to be numeric');
    }
    const lsid = body.get('lsid');
    if (lsid !== undefined && !(isDoc(lsid) && lsid.get('id') instanceof Binary)) {
      throw new CommandError('BadValue', 'Expected lsid.id to be binary');
    }
    return { name, database, body };
  }

  async #run(asked: Asked): Promise<Reply> {
    const { faults, cluster } = this.#options;
    if (!cluster.running || cluster.firewalled === true) throw new Disconnect();
    const isHandshake = handshakes.includes(asked.name);
    if (!isHandshake) await faults.hangOf(asked.name);
    const fault = isHandshake ? undefined : faults.take(asked.name);
    if (fault?.kind === 'drop') throw new Disconnect();
    if (fault?.kind === 'fail') throw fault.error;
    if (fault?.kind === 'expire') {
      this.#authentication.expire();
      throw expired();
    }
    const operation = this.#options.operations.begin(
      {
        command: asked.name,
        namespace: namespaceOf(asked),
        body: asked.body,
        user: this.#authentication.identity?.name,
        connection: this.id,
        session: sessionOf(asked.body),
      },
      toNumber(asked.body.get('maxTimeMS')),
    );
    try {
      const pace = faults.paceOf(asked.name, operation.info.namespace);
      const delay = faults.delayOf(asked.name) + pace.answer;
      if (delay > 0) await operation.sleep(delay);
      const reply = (await this.#authenticate(asked)) ?? (await this.#command(asked, operation));
      if (pace.document > 0) await this.#takeTime(operation, reply, pace.document);
      return reply;
    } finally {
      this.#options.operations.end(operation);
    }
  }

  /** Documents are looked at at once, and the time that they would take passes before anybody is answered. */
  async #takeTime(operation: Call['operation'], reply: Reply, perDocument: number): Promise<void> {
    try {
      await operation.sleep(perDocument * operation.examined);
    } catch (error) {
      const { cursor } = reply;
      const id = isPlain(cursor) ? cursor['id'] : undefined;
      // Nobody will ever hear of it.
      if (id instanceof Long) this.#options.cursors.kill(id.toBigInt(), operation.info.user ?? '');
      throw error;
    }
  }

  async #authenticate({ name, body }: Asked): Promise<Reply | undefined> {
    if (name === 'saslStart') return this.#authentication.start(body);
    if (name === 'saslContinue') return this.#authentication.continue(body);
    if (name !== 'logout') return undefined;
    this.#authentication.logout();
    return OK;
  }

  async #command({ name, database, body }: Asked, operation: Call['operation']): Promise<Reply> {
    if (this.#authentication.expired) throw expired();
    const command = commandOf(name);
    const { identity } = this.#authentication;
    if (!identity && command?.needs !== 'nothing') {
      throw new CommandError(
        'Unauthorized',
        `Command ${name.toLowerCase()} is not allowed as the connection is not authenticated yet.`,
      );
    }
    if (!command) throw new CommandError('CommandNotSupported', `Command '${name}' not supported.`);
    if (handshakes.includes(name)) this.#introduce(body);
    if (body.has('autocommit')) {
      throw new CommandError('CommandNotSupported', 'Transactions are not supported by this emulator');
    }
    const access = this.#authorise(command, identity, body);
    const { cluster, store, cursors, operations, forward } = this.#options;
    const call: Call = {
      cluster,
      store,
      cursors,
      operations,
      body,
      database,
      identity,
      access,
      session: sessionOf(body),
      operation,
      connection: this.id,
    };
    return forward && command.forwarded === true ? forward(call) : command.run(call);
  }

  #authorise(command: Command, identity: Identity | undefined, body: Doc): Access {
    const { cluster, store } = this.#options;
    const need: Need = typeof command.needs === 'function' ? command.needs({ body }) : command.needs;
    const roles = identity && rolesOf(identity, cluster, store);
    // Somebody who was removed while connected is nobody, though the token is still good.
    if (identity && !roles && need !== 'nothing') throw unauthorized();
    const access = accessOf(roles ?? []);
    if (need !== 'nothing' && need !== 'identity' && ranks[access] < ranks[need]) throw unauthorized();
    const writes = typeof command.writes === 'function' ? command.writes({ body }) : command.writes === true;
    if (writes && cluster.readOnly) {
      throw new CommandError('IllegalOperation', 'Cannot execute the operation on this replica cluster');
    }
    return access;
  }

  /** A client says once what it is. */
  #introduce(body: Doc): void {
    if (!body.has('client')) return;
    if (this.#introduced) {
      throw new CommandError('ClientMetadataCannotBeMutated', 'Client metadata cannot be mutated');
    }
    this.#introduced = true;
  }
}

function expired(): CommandError {
  return new CommandError('ReauthenticationRequired', 'External identity token has expired.');
}

function unauthorized(): CommandError {
  return new CommandError('Unauthorized', 'User is not authorized to perform this action');
}

/** A fault of the gateway itself: told as one, for whoever has to find it. */
function internal(error: unknown): CommandError {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CommandError('InternalError', `An unexpected internal error has occurred: ${reason}`);
}

function isPlain(value: Encodable): value is { readonly [key: string]: Encodable } {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function namespaceOf({ name, database, body }: Asked): string {
  const target = body.get(name === 'getMore' ? 'collection' : name);
  return typeof target === 'string' ? `${database}.${target}` : `${database}.$cmd`;
}

function sessionOf(body: Doc): string | undefined {
  const lsid = body.get('lsid');
  return isDoc(lsid) ? keyOf(lsid.get('id')) : undefined;
}
