import { DBRef, MongoClient, MongoServerError } from 'mongodb';
import type { ClientSession, Document } from 'mongodb';
import { CommandError } from './commandError.ts';
import type { Call, Reply } from './commands/command.ts';

/** What belongs to the conversation with the client, and means nothing to another server. */
const ownFields: readonly string[] = [
  'lsid',
  '$db',
  '$clusterTime',
  '$readPreference',
  'txnNumber',
  'apiVersion',
];

/** Every value as it came; the driver asks for this at each command. */
const unpromoted = { promoteValues: false, promoteLongs: false, bsonRegExp: true };

/** Sends authorised commands on to a real server, as one user of it. */
export class Relay {
  readonly #client: MongoClient;
  /** Cursors are tied to sessions there as they are here, so each session here is one there. */
  readonly #sessions = new Map<string, ClientSession>();

  constructor(uri: string) {
    this.#client = new MongoClient(uri, { retryWrites: false });
  }

  async forward(call: Call): Promise<Reply> {
    const command = Object.fromEntries([...call.body].filter(([name]) => !ownFields.includes(name)));
    const key = `${call.identity?.name} ${call.session ?? `connection ${call.connection}`}`;
    try {
      const reply = await this.#client
        .db(call.database)
        .command(command, { ...unpromoted, session: this.#sessionFor(key) });
      return withoutOwnFields(reply);
    } catch (error) {
      if (error instanceof MongoServerError) throw new CommandError(Number(error.code ?? 1), error.message);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#sessions.clear();
    await this.#client.close();
  }

  #sessionFor(key: string): ClientSession {
    let session = this.#sessions.get(key);
    if (!session || session.hasEnded) {
      session = this.#client.startSession({ causalConsistency: false });
      this.#sessions.set(key, session);
    }
    return session;
  }
}

function withoutOwnFields(reply: Document): Reply {
  const { $clusterTime: _clusterTime, operationTime: _operationTime, ...rest } = reply;
  return asWritten(rest) as Reply;
}

/** The driver makes an object of its own of a reference, which is but a document on the wire. */
function asWritten(value: unknown): unknown {
  if (value instanceof DBRef) {
    const { collection, oid, db, fields } = value;
    return { $ref: collection, $id: oid, $db: db, ...fields };
  }
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asWritten(item)]));
}
