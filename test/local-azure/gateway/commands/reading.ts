import { collectionName } from './arguments.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { cursorReply } from './cursorReply.ts';

function find(call: Call): Reply {
  const name = collectionName(call.body, 'find');
  const found = call.store.find(call.database, name);
  const rows = found?.kind === 'collection' ? found.rows() : [];
  return cursorReply(call, rows, { namespace: `${call.database}.${name}`, batchSize: undefined });
}

export const readCommands: CommandTable = {
  find: { needs: 'read', forwarded: true, run: find },
};
