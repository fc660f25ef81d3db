import { isObject } from './json.ts';
import type { Behaviour } from './organisation.ts';

export function defaultBehaviour(): Behaviour {
  return {
    operationPolls: 2,
    operationMs: 10_000,
    lockMs: 1500,
    pageSize: 100,
    graphRows: 1000,
    secondFactorOnWrite: true,
    throttles: false,
    postgresTakesAuthConfig: false,
    nativeNeedsPassword: false,
    checksPrincipals: true,
    takesDuplicateAssignments: true,
    takesHalfRoles: false,
    hidesUsers: false,
    tokenSeconds: 0,
    keysOffApis: ['sql', 'table', 'gremlin', 'mongo'],
    echoAddress: '203.0.113.77',
    callerAddress: '',
    firewallsGateways: false,
    indexedVersions: {
      'Microsoft.DocumentDB/mongoClusters': '2026-06-01',
      'Microsoft.DBforPostgreSQL/serverGroupsv2': '2022-11-08',
      'Microsoft.DocumentDB/databaseAccounts': '2026-03-15',
      'Microsoft.ManagedIdentity/userAssignedIdentities': '2024-11-30',
    },
  };
}

/** Lists are cut into pages of these sizes: of none they would have no end. */
const sizes: readonly string[] = ['pageSize', 'graphRows'];

/** Reads members of the behaviour that came from outside; answers what is wrong with them as text. */
export function readBehaviour(value: unknown): Partial<Behaviour> | string {
  if (!isObject(value)) return 'the behaviour is an object';
  const known: Readonly<Record<string, unknown>> = { ...defaultBehaviour() };
  for (const [name, wanted] of Object.entries(value)) {
    if (!Object.hasOwn(known, name))
      return `unknown behaviour ${name}; there are ${Object.keys(known).join(', ')}`;
    const problem = problemWith(wanted, known[name], sizes.includes(name) ? 1 : 0);
    if (problem !== undefined) return `${name} ${problem}`;
  }
  return value;
}

function problemWith(wanted: unknown, usual: unknown, least: number): string | undefined {
  if (Array.isArray(usual)) {
    const isList = Array.isArray(wanted) && wanted.every((item) => typeof item === 'string');
    return isList ? undefined : 'is a list of texts';
  }
  if (isObject(usual)) {
    const isComplete =
      isObject(wanted) &&
      Object.keys(usual).every((key) => typeof wanted[key] === 'string') &&
      Object.keys(wanted).every((key) => key in usual);
    return isComplete ? undefined : `has a text for each of ${Object.keys(usual).join(', ')}`;
  }
  if (typeof usual === 'number') {
    return Number.isSafeInteger(wanted) && Number(wanted) >= least
      ? undefined
      : `is a whole number from ${least}`;
  }
  return typeof wanted === typeof usual ? undefined : `is a ${typeof usual}`;
}
