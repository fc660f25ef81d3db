import { Double } from 'bson';
import { helloReply } from '../hello.ts';
import { rolesOf } from '../identity.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { flag } from './arguments.ts';

export const OK: Reply = { ok: new Double(1) };

function connectionStatus(call: Call): Reply {
  const { identity, body } = call;
  const roles = (identity && rolesOf(identity, call.cluster, call.store)) ?? [];
  return {
    authInfo: {
      authenticatedUsers: identity ? [{ user: identity.name, db: 'admin' }] : [],
      authenticatedUserRoles: roles.map((role) => ({ role, db: 'admin' })),
      authenticatedUserPrivileges: flag(body, 'showPrivileges') ? [] : undefined,
    },
    ok: 1,
  };
}

export const sessionCommands: CommandTable = {
  ping: { needs: 'nothing', run: () => OK },
  hello: {
    needs: 'nothing',
    run: ({ cluster, connection }) => helloReply('isWritablePrimary', cluster.serverVersion, connection),
  },
  isMaster: {
    needs: 'nothing',
    run: ({ cluster, connection }) => helloReply('ismaster', cluster.serverVersion, connection),
  },
  endSessions: { needs: 'identity', run: () => OK },
  killSessions: { needs: 'identity', run: () => OK },
  connectionStatus: { needs: 'identity', run: connectionStatus },
};
