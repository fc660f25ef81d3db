import { checkServerIdentity } from 'node:tls';
import { isOf } from '../../access/guards.ts';
import { Failure, withoutSecrets } from '../../failure.ts';
import { orStopped } from '../../sessions/session.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';
import type { Facts } from '../facts.ts';

/** The sign-in to PostgreSQL by the name of the role, with a token in the place of a password; and a first question. */
export const postgresSignIn: Check = {
  id: 'signIn',
  needs: ['running', 'entra', 'tls', 'claims', 'principal', 'roles'],
  isOwn: true,
  async look(facts) {
    try {
      const { user, database } = await whoAmI(facts);
      return pass({ name: 'roleName', value: user }, { name: 'databases', value: database });
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code !== 'internal') throw error;
      const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string };
      // Five letters and digits are the server's own word, all else the system's.
      if (typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) && code !== 'EPIPE')
        return fail(
          { what: 'signInRefused', serverCode: code },
          { name: 'serverCode', value: code },
          { name: 'detail', value: withoutSecrets(message) },
        );
      const [server] = await facts.members();
      // The library has no code for a time that is over, only for what the system says.
      const detail = typeof code === 'string' ? code : 'ETIMEDOUT';
      const cause = detail === 'ETIMEDOUT' ? 'timeout' : 'cut';
      const failure = { code: 'databaseUnreachable', host: server?.host ?? '', detail, cause } as const;
      if (typeof code !== 'string' && !/time/i.test(message)) throw error;
      return fail({ what: 'failed', failure }, { name: 'detail', value: detail });
    }
  },
};

/** Without the token nothing of this leaves the process, and nothing of it is kept when the question is answered. */
async function whoAmI(facts: Facts): Promise<{ readonly user: string; readonly database: string }> {
  // The library is CommonJS: in a bundle its names are those of one default export.
  const { Client } = (await import('pg')).default;
  const id = await facts.objectId();
  const grant = (await facts.grants()).find((one) => isOf(one, id));
  const [server] = await facts.addresses();
  const address = server?.addresses[0]?.address;
  if (grant?.holder.state !== 'entra' || server === undefined || address === undefined)
    throw new Failure({ code: 'internal', message: 'no role, or no server' });
  const { host, port } = server;
  const { cluster } = facts.patient;
  const database = facts.kind.database?.(cluster) ?? 'postgres';
  const client = new Client({
    // By the address that was looked at: a name might lead elsewhere by now.
    host: address,
    port,
    ssl: {
      servername: host,
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    },
    user: grant.holder.alias ?? grant.holder.principal.objectId,
    database,
    password: () => facts.tokens.silent(cluster.caller, facts.door.cloud.audiences.postgres),
    application_name: 'cosmos-entra',
    connectionTimeoutMillis: facts.limits.connecting,
    query_timeout: facts.limits.connecting,
  });
  // What goes wrong after the answer is nobody's concern.
  client.on('error', () => undefined);
  try {
    await orStopped(client.connect(), facts.signal);
    const { rows } = await orStopped(
      client.query<{ current_user: string }>('SELECT current_user'),
      facts.signal,
    );
    return { user: rows[0]?.current_user ?? '', database };
  } finally {
    void client.end().catch(() => undefined);
  }
}
