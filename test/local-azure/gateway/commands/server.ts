import { Double, Int32, Timestamp } from 'bson';
import { isDoc } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { INTERNAL } from '../hello.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { describeOperation, operationId } from './description.ts';
import { OK } from './session.ts';

function buildInfo({ cluster }: Call): Reply {
  const parts = cluster.serverVersion.split('.').map(Number);
  const versionArray = [...parts, 0, 0, 0, 0].slice(0, 4);
  return {
    version: versionArray.slice(0, 3).join('.'),
    versionArray,
    bits: 64,
    maxBsonObjectSize: 16_777_216,
    internal: INTERNAL,
    ok: new Double(1),
  };
}

function onAdmin(command: string, run: (call: Call) => Reply, message?: string): (call: Call) => Reply {
  return (call) => {
    if (call.database === 'admin') return run(call);
    throw new CommandError(
      'Unauthorized',
      message ?? `${command} may only be run against the admin database.`,
    );
  };
}

function getParameter({ body, cluster }: Call): Reply {
  const [major = ''] = cluster.serverVersion.split('.');
  const asked = body.get('getParameter');
  const all = asked === '*' || (isDoc(asked) && asked.get('allParameters') === true);
  if (all || body.has('featureCompatibilityVersion')) {
    return { featureCompatibilityVersion: { version: `${major}.0` }, ok: new Double(1) };
  }
  throw new CommandError('InvalidOptions', 'no option found to get');
}

function currentOp(call: Call): Reply {
  const inprog = Array.from(call.operations.running, (operation) =>
    describeOperation(operation, 'defaultShard'),
  );
  return { inprog, ok: new Double(1) };
}

function killOp({ body, operations }: Call): Reply {
  const op = body.get('op');
  if (op === undefined) throw new CommandError('BadValue', 'Did not provide "op" field');
  if (typeof op !== 'string') throw new CommandError('TypeMismatch', 'Expected "op" field to be a string');
  // Whether there was such an operation is not told.
  for (const operation of operations.running) if (operationId(operation.id) === op) operation.kill();
  return { info: 'attempting to kill op', ok: new Double(1) };
}

const readWriteConcern: Reply = {
  defaultReadConcern: { level: 'majority' },
  defaultWriteConcern: { w: 'majority', wtimeout: 0 },
  defaultReadConcernSource: 'implicit',
  defaultWriteConcernSource: 'implicit',
  ok: new Double(1),
};

export const serverCommands: CommandTable = {
  buildInfo: { needs: 'nothing', run: buildInfo },
  whatsmyuri: { needs: 'identity', run: () => OK },
  hostInfo: {
    needs: 'identity',
    run: () => ({
      system: { currentTime: new Timestamp({ t: Math.floor(Date.now() / 1000), i: 0 }), memSizeMB: 0 },
      os: { name: '', type: '' },
      extra: { cpuFrequencyMHz: 0 },
      ok: new Double(1),
    }),
  },
  getLog: { needs: 'identity', run: () => ({ log: [], totalLinesWritten: new Int32(0), ok: new Double(1) }) },
  getCmdLineOpts: { needs: 'identity', run: () => ({ argv: [], ok: new Double(1) }) },
  isdbgrid: {
    needs: 'identity',
    run: ({ cluster }) => ({ isdbgrid: new Double(1), hostname: cluster.name, ok: new Double(1) }),
  },
  getDefaultRWConcern: {
    needs: 'identity',
    run: onAdmin(
      'getDefaultRWConcern',
      () => readWriteConcern,
      'Only the admin database can process getDefaultRWConcern.',
    ),
  },
  getParameter: { needs: 'identity', run: onAdmin('getParameter', getParameter) },
  currentOp: { needs: 'write', run: onAdmin('currentOp', currentOp) },
  killOp: { needs: 'write', run: onAdmin('killOp', killOp) },
};
