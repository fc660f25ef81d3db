import { Double } from 'bson';
import { collectionName, docs } from './arguments.ts';
import type { Call, CommandTable, Reply } from './command.ts';

function insert(call: Call): Reply {
  const target = call.store.ensure(call.database, collectionName(call.body, 'insert'));
  const documents = docs(call.body, 'documents');
  for (const document of documents) target.insert(document);
  return { n: documents.length, ok: new Double(1) };
}

export const writeCommands: CommandTable = {
  insert: { needs: 'write', writes: true, forwarded: true, run: insert },
};
