import { codesOf, needs, passes, stays, unsaid } from '../outlook.ts';
import type { Outlook } from '../outlook.ts';

/** What PostgreSQL's SQLSTATEs mean. */
export const postgresOutlooks = {
  signIn: needs('you', 'addMe'),
  notAdmitted: needs('owner', 'addMyIp'),
  notAllowed: needs('administrator', 'ask'),
  noDatabase: needs('you'),
  starting: passes,
  ended: passes,
  full: { waits: 'helps', who: 'you' },
  disk: needs('owner', 'portal'),
  memory: { waits: 'unknown', who: 'owner', help: 'portal' },
  cancelled: needs('you'),
  readOnly: needs('you'),
  conflict: passes,
  missing: needs('you'),
  question: needs('you'),
  duplicate: needs('you'),
  constraint: needs('you'),
  exists: needs('you'),
  value: needs('you'),
  notOffered: stays,
  connection: { waits: 'unknown', who: 'you' },
  internal: { waits: 'unknown', who: 'owner' },
  transaction: needs('you'),
  other: unsaid,
} as const satisfies Readonly<Record<string, Outlook>>;

export type PostgresMeaning = keyof typeof postgresOutlooks;

const states = codesOf<PostgresMeaning>({
  signIn: '28P01',
  notAdmitted: '28000',
  notAllowed: '42501',
  noDatabase: '3D000',
  starting: '57P03',
  ended: '57P01 57P02 57P05',
  full: '53300 53400',
  disk: '53100',
  memory: '53200 53000',
  cancelled: '57014',
  readOnly: '25006',
  conflict: '40001 40P01 55P03 55006',
  missing: '42P01 42703 42704 42883 3F000 57P04',
  question: '42601 42804 42702 42803 42P02 42P10',
  duplicate: '23505',
  constraint: '23502 23503 23514 23P01',
  exists: '42P07 42P04 42710 42701 42P06',
  value: '22P02 22001 22003 22007 22012',
  notOffered: '0A000',
  connection: '08000 08001 08003 08004 08006 08P01',
  internal: 'XX000 XX001 58000 58030',
  transaction: '25P02 25P01',
});

/** Without a state, which psql and most programs leave out, what the server says has to do. */
const sayings: readonly (readonly [string, RegExp])[] = [
  ['28P01', /\b(?:password|PAM|Azure AD|Entra) authentication failed for user\b/i],
  ['28000', /no pg_hba\.conf entry|role "[^"\n]{1,100}" does not exist|SSL connection is required/i],
  ['3D000', /FATAL:\s{1,4}database "[^"\n]{1,100}" does not exist/i],
  ['57P03', /the database system is (?:starting up|shutting down|in recovery mode)/i],
  ['57P01', /terminating connection due to administrator command/i],
  ['53300', /remaining connection slots are reserved|sorry, too many clients already/i],
  [
    '42501',
    /\bpermission denied for (?:table|schema|database|relation|sequence|function|view)\b|must be owner of /i,
  ],
  ['42P01', /\brelation "[^"\n]{1,200}" does not exist/i],
  ['25006', /in a read-only transaction/i],
  ['57014', /canceling statement due to/i],
  ['40P01', /\bdeadlock detected\b/i],
  ['23505', /violates unique constraint/i],
];

export function postgresMeaning(code: string): PostgresMeaning {
  return states.get(code) ?? 'other';
}

export const postgresLink = 'https://www.postgresql.org/docs/current/errcodes-appendix.html';

export function postgresCodes(text: string): readonly string[] {
  const found: string[] = [];
  for (const [, state = ''] of text.matchAll(/SQL\s?STATE\W{0,4}([\dA-Z]{5})(?![\w])/g)) found.push(state);
  for (const [, state = ''] of text.matchAll(/\b(?:ERROR|FATAL|PANIC):\s{1,4}([\dA-Z]{5}):/g))
    found.push(state);
  for (const [, state = ''] of text.matchAll(
    /\b(?:code|sqlstate)["']?\s{0,4}[:=]\s{0,4}["']([\dA-Z]{5})["']/gi,
  ))
    if (states.has(state)) found.push(state);
  for (const [state, pattern] of sayings) if (pattern.test(text)) found.push(state);
  return found.filter((state) => state !== '00000');
}
