import { needs, passes, stays, unsaid } from '../outlook.ts';
import type { Outlook } from '../outlook.ts';

/** What a MongoDB's answers mean. */
export const mongoOutlooks = {
  question: needs('you'),
  wrongType: needs('you'),
  noCollection: needs('you'),
  noIndex: needs('you'),
  cursorGone: needs('you'),
  tooSlow: { waits: 'unknown', who: 'you' },
  idStays: stays,
  badName: needs('you'),
  otherIndex: needs('you'),
  writeConflict: passes,
  viewCannot: needs('you'),
  memory: needs('you'),
  tooLarge: needs('you'),
  busy: passes,
  noStage: needs('you'),
  noUser: needs('you'),
  notAllowed: needs('administrator', 'ask'),
  replica: needs('you'),
  noRole: needs('you'),
  exists: needs('you'),
  notOffered: stays,
  duplicate: needs('you'),
  userExists: needs('you'),
  other: unsaid,
  signIn: needs('administrator', 'addMe'),
  tokenOver: needs('you', 'signIn'),
  moved: passes,
  stopping: passes,
  lost: { waits: 'unknown', who: 'you' },
  diskFull: needs('owner', 'portal'),
  password: needs('you'),
  invalid: needs('you'),
  ended: needs('you'),
  transaction: needs('you'),
  changesLost: needs('you'),
  shardKey: needs('you'),
  badIndex: needs('you'),
  notConfirmed: { waits: 'helps', who: 'you' },
  sessions: { waits: 'helps', who: 'you' },
  noSelection: { waits: 'unknown', who: 'you', help: 'addMyIp' },
  tokenCallback: needs('you', 'signIn'),
  noCredentials: needs('you'),
  hostRefused: needs('you'),
  mechanism: needs('owner', 'modes'),
} as const satisfies Readonly<Record<string, Outlook>>;

export type MongoMeaning = keyof typeof mongoOutlooks;

/** MongoDB's own numbers and names: https://www.mongodb.com/docs/manual/reference/error-codes/. */
const table: readonly (readonly [MongoMeaning, string])[] = [
  ['question', '2 BadValue, 4 NoSuchKey, 9 FailedToParse, 15 Overflow, 40 ConflictingUpdateOperators'],
  [
    'question',
    '52 DollarPrefixedFieldName, 72 InvalidOptions, 40415 UnknownField, 160 InvalidBSON, 51024 Location51024',
  ],
  ['wrongType', '14 TypeMismatch'],
  ['lost', '6 HostUnreachable, 7 HostNotFound, 89 NetworkTimeout, 9001 SocketException'],
  ['noUser', '11 UserNotFound'],
  ['notAllowed', '13 Unauthorized'],
  ['signIn', '18 AuthenticationFailed'],
  ['replica', '20 IllegalOperation'],
  ['noCollection', '26 NamespaceNotFound'],
  ['noIndex', '27 IndexNotFound'],
  ['noRole', '31 RoleNotFound'],
  ['cursorGone', '43 CursorNotFound, 136 CappedPositionLost'],
  ['exists', '48 NamespaceExists'],
  ['tooSlow', '50 MaxTimeMSExpired, 262 ExceededTimeLimit, 202 NetworkInterfaceExceededTimeLimit'],
  ['notOffered', '59 CommandNotFound, 115 CommandNotSupported, 238 NotImplemented'],
  ['shardKey', '61 ShardKeyNotFound'],
  ['notConfirmed', '64 WriteConcernFailed, 100 UnsatisfiableWriteConcern'],
  ['idStays', '66 ImmutableField'],
  ['badIndex', '67 CannotCreateIndex, 197 InvalidIndexSpecificationOption, 17280 KeyTooLong'],
  ['badName', '73 InvalidNamespace'],
  ['otherIndex', '85 IndexOptionsConflict, 86 IndexKeySpecsConflict'],
  ['stopping', '91 ShutdownInProgress, 11600 InterruptedAtShutdown'],
  ['writeConflict', '112 WriteConflict, 24 LockTimeout, 46 LockBusy'],
  ['invalid', '121 DocumentValidationFailure'],
  ['moved', '133 FailedToSatisfyReadPreference, 189 PrimarySteppedDown, 10107 NotWritablePrimary'],
  [
    'moved',
    '11602 InterruptedDueToReplStateChange, 13435 NotPrimaryNoSecondaryOk, 13436 NotPrimaryOrSecondary',
  ],
  ['memory', '146 ExceededMemoryLimit, 292 QueryExceededMemoryLimitNoDiskUseAllowed'],
  ['viewCannot', '166 CommandNotSupportedOnView'],
  ['ended', '237 CursorKilled, 11601 Interrupted'],
  ['transaction', '251 NoSuchTransaction, 263 OperationNotSupportedInTransaction, 225 TransactionTooOld'],
  ['transaction', '290 TransactionExceededLifetimeLimitSeconds'],
  ['sessions', '261 TooManyLogicalSessions'],
  ['changesLost', '280 ChangeStreamFatalError, 286 ChangeStreamHistoryLost'],
  ['tokenOver', '391 ReauthenticationRequired'],
  ['password', '392 InvalidPassword'],
  ['tooLarge', '10334 BSONObjectTooLarge'],
  ['duplicate', '11000 DuplicateKey, 11001 Location11001'],
  ['diskFull', '14031 OutOfDiskSpace'],
  ['busy', '16500 RequestRateTooLarge'],
  ['noStage', '40324 UnrecognizedCommand'],
  ['userExists', '51003 Location51003'],
];

const rows = table.flatMap(([meaning, list]) =>
  list.split(', ').map((row) => {
    const [code = '', name = ''] = row.split(' ');
    return { meaning, code, name };
  }),
);
const meanings: ReadonlyMap<string, MongoMeaning> = new Map(rows.map(({ code, meaning }) => [code, meaning]));
const numbers: ReadonlyMap<string, string> = new Map(rows.map(({ code, name }) => [name, code]));

/** What drivers say where the server has said nothing: in their own words, of which each language has its own. */
const sayings: readonly (readonly [code: string, MongoMeaning, RegExp])[] = [
  [
    'server selection',
    'noSelection',
    /MongoServerSelectionError|ServerSelectionTimeout|server selection (?:timed out|error)|timeout occurred after \d{1,9}\s?ms selecting a server|timed out after \d{1,9} ?ms while waiting (?:for a server|to connect)/i,
  ],
  ['MongoOIDCError', 'tokenCallback', /MongoOIDCError/],
  ['MongoMissingCredentialsError', 'noCredentials', /MongoMissingCredentialsError/],
  ['ALLOWED_HOSTS', 'hostRefused', /ALLOWED_HOSTS|not valid for OIDC authentication/i],
  [
    'MONGODB-OIDC',
    'mechanism',
    /authentication mechanism provided is not supported|only SCRAM-SHA-256 and MONGODB-OIDC/i,
  ],
];

export function mongoMeaning(code: string): MongoMeaning {
  return meanings.get(code) ?? sayings.find(([saying]) => saying === code)?.[1] ?? 'other';
}

export function mongoLink(code: string): string {
  return sayings.some(([saying]) => saying === code)
    ? 'https://learn.microsoft.com/azure/documentdb/troubleshoot-common-issues'
    : 'https://www.mongodb.com/docs/manual/reference/error-codes/';
}

/** A number is MongoDB's where the text is: others number their errors too. */
export function mongoCodes(text: string): readonly string[] {
  const found: string[] = [];
  if (/mongo|errmsg|codeName|pymongo/i.test(text)) {
    for (const [, number = ''] of text.matchAll(
      /(?<!exit )\bcode["']?\s{0,4}[:=]?\s{0,4}(\d{1,6})\b(?!\.\d)/gi,
    ))
      found.push(number);
    for (const [, number = ''] of text.matchAll(/\bfailed with error (?:code )?(\d{1,6})\b/gi))
      found.push(number);
    for (const [, number = ''] of text.matchAll(/\bE(1100[01])\b/g)) found.push(number);
    const names =
      /codeName["']?\s{0,4}[:=]\s{0,4}["']?(\w{3,60})|MongoServerError\[(\w{3,60})\]|\((\w{3,60})\)/g;
    for (const [, quoted, bracketed, round] of text.matchAll(names)) {
      const number = numbers.get(quoted ?? bracketed ?? round ?? '');
      if (number !== undefined) found.push(number);
    }
  }
  for (const [code, , pattern] of sayings) if (pattern.test(text)) found.push(code);
  // Codes of HTTP stand in the same places; MongoDB has no such numbers.
  return found.filter((code) => meanings.has(code) || !/^[1-5]\d\d$|^0$/.test(code));
}
