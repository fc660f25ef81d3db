import { Double } from 'bson';
import { toNumber } from '../bson/number.ts';
import { CommandError } from '../commandError.ts';
import { nameOfType } from '../expression/operator.ts';
import { collectionName } from './arguments.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { collectionStatistics, databaseStatistics } from './description.ts';

function scaleOf(call: Call): number {
  const written = call.body.get('scale') ?? null;
  if (written === null) return 1;
  const scale = toNumber(written);
  if (scale === undefined) {
    throw new CommandError('TypeMismatch', `Unexpected bson type for scale: ${nameOfType(written)}`);
  }
  if (scale < 1) throw new CommandError('BadValue', 'scale has to be at least 1');
  return Math.trunc(scale);
}

function collStats(call: Call): Reply {
  const name = collectionName(call.body, 'collStats');
  const scale = scaleOf(call);
  const found = call.store.find(call.database, name);
  if (found?.kind === 'view') {
    throw new CommandError(
      'CommandNotSupportedOnView',
      `Namespace ${call.database}.${name} is a view, not a collection`,
    );
  }
  if (found)
    return { ...Object.fromEntries(collectionStatistics(`${call.database}.${name}`, found, scale)), ok: 1 };
  // Of a collection that does not exist there is nothing to tell but zeros.
  return {
    ns: `${call.database}.${name}`,
    size: 0,
    count: 0,
    storageSize: 0,
    nindexes: 0,
    indexBuilds: [],
    totalIndexSize: 0,
    totalSize: 0,
    indexSizes: {},
    scaleFactor: scale,
    ok: 1,
  };
}

function validate(call: Call): Reply {
  const name = collectionName(call.body, 'validate');
  const found = call.store.find(call.database, name);
  if (found?.kind !== 'collection') {
    throw new CommandError(
      'NamespaceNotFound',
      `Collection '${call.database}.${name}' does not exist to validate.`,
    );
  }
  const names = ['_id_', ...found.indexes.map(({ spec }) => spec.name)];
  return {
    ns: `${call.database}.${name}`,
    nIndexes: names.length,
    keysPerIndex: Object.fromEntries(names.map((index) => [index, found.count])),
    indexDetails: Object.fromEntries(names.map((index) => [index, { valid: true }])),
    valid: true,
    repaired: false,
    warnings: [],
    errors: [],
    ok: new Double(1),
  };
}

export const statisticsCommands: CommandTable = {
  collStats: { needs: 'read', forwarded: true, run: collStats },
  dbStats: {
    needs: 'read',
    forwarded: true,
    run: (call) => ({ ...Object.fromEntries(databaseStatistics(call, scaleOf(call))), ok: 1 }),
  },
  validate: { needs: 'read', forwarded: true, run: validate },
};
