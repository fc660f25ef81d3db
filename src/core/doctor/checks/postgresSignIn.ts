import { isOf } from '../../access/guards.ts';
import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';
import type { Facts } from '../facts.ts';
import { PostgresRefusal, signInTo } from '../postgres.ts';
import { codeOf } from '../wire.ts';

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
      if (facts.signal.aborted) throw new Failure({ code: 'cancelled' });
      if (error instanceof PostgresRefusal) {
        const { serverCode, message } = error;
        return fail(
          { what: 'signInRefused', serverCode },
          { name: 'serverCode', value: serverCode },
          { name: 'detail', value: message },
        );
      }
      if (error instanceof Failure && error.code !== 'databaseUnreachable') throw error;
      const [server] = await facts.members();
      const detail = error instanceof Failure && 'detail' in error.data ? error.data.detail : codeOf(error);
      const cause = detail === 'ETIMEDOUT' ? 'timeout' : 'cut';
      const failure = { code: 'databaseUnreachable', host: server?.host ?? '', detail, cause } as const;
      return fail({ what: 'failed', failure }, { name: 'detail', value: detail });
    }
  },
};

async function whoAmI(facts: Facts): Promise<{ readonly user: string; readonly database: string }> {
  const id = await facts.objectId();
  const grant = (await facts.grants()).find((one) => isOf(one, id));
  const [server] = await facts.members();
  if (grant?.holder.state !== 'entra' || server === undefined)
    throw new Failure({ code: 'internal', message: 'no role, or no server' });
  const { cluster } = facts.patient;
  const database = facts.kind.database?.(cluster) ?? 'postgres';
  const user = await signInTo(server, await facts.manner(), {
    user: grant.holder.alias ?? grant.holder.principal.objectId,
    database,
    token: () => facts.tokens.silent(cluster.caller, facts.door.cloud.audiences.postgres),
  });
  return { user, database };
}
