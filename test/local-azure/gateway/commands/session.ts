import { Double } from 'bson';
import { keyOf } from '../bson/key.ts';
import { isDoc } from '../bson/value.ts';
import { helloReply } from '../hello.ts';
import { rolesOf } from '../identity.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { flag } from './arguments.ts';

export const OK: Reply = { ok: new Double(1) };

function connectionStatus(call: Call): Reply {
  const { body } = call;
  const identity = call.cluster.hidesUsers === true ? undefined : call.identity;
  const roles = (identity && rolesOf(identity, call.cluster, call.store)) ?? [];
  return {
    authInfo: {
      authenticatedUsers: identity ? [{ user: identity.name, db: 'admin' }] : [],
      authenticatedUserRoles: roles.map((role) => ({ role, db: 'admin' })),
      authenticatedUserPrivileges: flag(body, 'showPrivileges') || !identity ? [] : undefined,
    },
    ok: 1,
  };
}

/** A session that ends takes its cursors along, and one that is killed what is under way in it as well. */
function endSessions(call: Call, command: 'endSessions' | 'killSessions'): Reply {
  const ended = call.body.get(command);
  for (const session of Array.isArray(ended) ? ended : []) {
    const id = isDoc(session) ? session.get('id') : undefined;
    if (id === undefined || !call.identity) continue;
    call.cursors.killOfSession(call.identity.name, keyOf(id));
    if (command === 'killSessions') call.operations.killOfSession(call.identity.name, keyOf(id));
  }
  return OK;
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
  endSessions: { needs: 'identity', run: (call) => endSessions(call, 'endSessions') },
  killSessions: { needs: 'identity', run: (call) => endSessions(call, 'killSessions') },
  connectionStatus: { needs: 'identity', run: connectionStatus },
};
