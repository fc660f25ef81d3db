/** Everything that can go wrong, as data. The words for it live in the editor. */
export type FailureData =
  | ({ readonly code: 'signInNeeded' } & Asked)
  | ({ readonly code: 'signInRefused'; readonly aadsts: number; readonly reason: Refusal } & Asked)
  | ({ readonly code: 'stepUpNeeded' } & Asked)
  /** Whoever it was for left while it went on, or the cloud did. */
  | { readonly code: 'signedOut'; readonly account: string }
  | { readonly code: 'cancelled' }
  | { readonly code: 'unreachable'; readonly host: string; readonly detail: string }
  | { readonly code: 'throttled'; readonly seconds: number }
  | { readonly code: 'forbidden'; readonly serviceCode: string; readonly message: string }
  | { readonly code: 'notFound'; readonly serviceCode: string; readonly message: string }
  | {
      readonly code: 'service';
      readonly status: number;
      readonly serviceCode: string;
      readonly message: string;
    }
  /** Azure took a change on, and could not make it. */
  | { readonly code: 'operationFailed'; readonly serviceCode: string; readonly message: string }
  /** Azure said that it was done, and reading it back says that it is not. */
  | { readonly code: 'ignored' }
  /** While a change waited for its turn, another one made it dangerous. */
  | { readonly code: 'overtaken' }
  /** Of a change in two parts one is done, and the other failed for this reason: they have nothing now, or both. */
  | { readonly code: 'halfDone'; readonly left: 'nothing' | 'both'; readonly reason: FailureData }
  | { readonly code: 'malformed'; readonly host: string }
  /** A host that is none of the cloud's; or that is, by its name, but leads to an address that is not. */
  | { readonly code: 'hostRefused'; readonly host: string; readonly address?: string }
  | {
      readonly code: 'databaseUnreachable';
      readonly host: string;
      readonly detail: string;
      readonly cause: Silence;
    }
  /** The database does not take this person, or takes nobody from Entra. */
  | { readonly code: 'databaseSignInRefused'; readonly host: string; readonly serverCode: number }
  /** What the database answered to a command, with its own number and name for it. */
  | {
      readonly code: 'database';
      readonly serverCode: number;
      readonly name: string;
      readonly message: string;
    }
  /** What a playground threw by itself. */
  | { readonly code: 'script'; readonly name: string; readonly message: string }
  /** The process in which a playground ran is no more: it took too much memory, or something ended it. */
  | { readonly code: 'playgroundEnded'; readonly cause: 'memory' | 'gone' }
  /** A playground is at one cluster: it opens no connection of its own. */
  | { readonly code: 'oneCluster' }
  /** The documents of a result cannot be read any more. */
  | { readonly code: 'resultGone' }
  /** The shell is not there, or does not say which it is; or it is too old. */
  | {
      readonly code: 'noMongosh';
      readonly path: string | undefined;
      readonly version: string | undefined;
      readonly needed: string;
    }
  /** A file is not there, for this reason; `detail` is the system's word for it, or the limit. */
  | {
      readonly code: 'notWritten';
      readonly reason: 'full' | 'notAllowed' | 'noFolder' | 'tooLarge' | 'tooManyColumns' | 'other';
      readonly detail: string;
    }
  | { readonly code: 'badSetting'; readonly setting: string; readonly problem: SettingProblem }
  | { readonly code: 'internal'; readonly message: string };

/** Which token was not to be had: enough to ask for it again, aloud. */
export interface Asked {
  readonly tenant: string;
  /** The id of the account; unknown where none had been chosen yet, or a service turned a token away. */
  readonly account?: string;
  readonly resource?: string;
}

export type FailureCode = FailureData['code'];

/** Why Entra refused a sign-in, as far as a person needs to know to act on it. */
export type Refusal =
  | 'secondFactor'
  | 'conditionalAccess'
  | 'device'
  | 'consent'
  | 'notPreauthorised'
  | 'notAssigned'
  | 'notInTenant'
  | 'tenantPolicy'
  | 'applicationMissing'
  | 'resourceMissing'
  | 'accountState'
  | 'sessionOver'
  | 'tenantUnknown'
  | 'transient'
  | 'other';

/**
 * Why nothing comes of speaking to a database: Azure names no address, the name leads nowhere, nobody answers,
 * the certificate is not to be believed, the connection ended before the answer.
 */
export type Silence = 'noAddress' | 'dns' | 'timeout' | 'tls' | 'cut';

export type SettingProblem =
  | 'missing'
  | 'notHttps'
  | 'notApplicationId'
  | 'notHostName'
  | 'notNameServer'
  | 'notPort'
  | 'unknownCloud'
  | 'noSuchProvider';

/** The one error that `core` throws. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly data: FailureData;

  /** Of the cause only its text is kept, scrubbed: whoever made it may have put anything into it. */
  constructor(data: FailureData, cause?: unknown) {
    super(data.code, cause === undefined ? undefined : { cause: withoutSecrets(textOf(cause)) });
    this.data = data;
  }

  get code(): FailureCode {
    return this.data.code;
  }

  static from(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (error instanceof Error && error.name === 'AbortError')
      return new Failure({ code: 'cancelled' }, error);
    const message = error instanceof Error ? error.message : String(error);
    return new Failure({ code: 'internal', message: withoutSecrets(message) }, error);
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/**
 * The one redactor. Text of anybody's, safe to show, log and keep: nothing in it that opens a door survives, and it
 * has an end. What cannot be told from a secret goes too, in text of somebody else's; ids, names, addresses of
 * people and times stay as they are. Of a long text no more than its beginning is looked at.
 */
export function withoutSecrets(text: string): string {
  if (text.length <= looked) return bareOf(text).slice(0, shown);
  // A secret that is cut in two may not be known by its beginning. So the text is cut at two places: what one of
  // them does to a secret the other does not, and only what both leave alike is shown.
  const one = bareOf(text.slice(0, looked));
  const other = bareOf(text.slice(0, looked - longest));
  let same = 0;
  while (same < Math.min(shown, other.length) && one[same] === other[same]) same++;
  return one.slice(0, same);
}

/** So many characters are shown of a text; so many are looked at; and after so many each secret shows what it is. */
const shown = 2000;
const looked = 16_384;
const longest = 4096;

/** Every step is linear in the length, whatever the text. */
function bareOf(text: string): string {
  const shapeless = text
    .replaceAll(privateKeys, hidden)
    .replaceAll(tokens, '[token]')
    .replaceAll(databaseLogins, `$1${hidden}@`)
    .replaceAll(logins, `$1${hidden}@`)
    .replaceAll(bearers, '$1 [token]')
    .replaceAll(basics, (all: string, word: string, value: string) =>
      Buffer.from(value, 'base64').toString('latin1').includes(':') ? `${word} ${hidden}` : all,
    );
  // Names before queries: what a query loses may be the name of what stands behind it.
  return withoutNamed(shapeless)
    .replaceAll(queries, `$1${hidden}`)
    .replaceAll(runs, (run: string, armId: string | undefined) =>
      armId === undefined ? withoutRandom(run) : run.split('/').map(withoutRandom).join('/'),
    );
}

const hidden = '[secret]';

const privateKeys =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|$)/g;

/** A JWT (`{"` is `eyJ`, which is also in the middle of `keyJournal`), Entra's refresh tokens and client secrets. */
const tokens = new RegExp(
  [
    String.raw`(?:eyJ[\w-]{20,}|(?<![a-zK])eyJ[\w-]{5,}(?=\.[\w-]))(?:\.[\w-]*){0,4}`,
    String.raw`(?<![\w.])[01]\.A[\w-]{20,}(?:\.[\w-]+){0,4}`,
    String.raw`(?<!\w)M\.[CR]\d{1,4}_[\w.!*$-]{20,}`,
    String.raw`[\w.~-]{3}\dQ~[\w.~-]{20,}`,
  ].join('|'),
  'g',
);

/** People put characters into these that do not belong there: all to the last `@` is the login. */
const databaseLogins = /((?:mongodb(?:\+srv)?|postgres(?:ql)?)(?::\/\/|%3A%2F%2F))[^\s"]{0,1000}(?:@|%40)/gi;
const logins = /(\/\/)[^\s/?#"<>]{1,1000}@/g;
const bearers = /\b(bearer)(?:\s|%20|\+)+[\w.~+/-]{16,}={0,2}/gi;
const basics = /\b(basic)(?:\s|%20|\+)+([\w+/-]{6,}={0,2})/gi;
/** Signatures live in queries, under names that say nothing (`s`, `h`): of a query only the names stay. */
const queries = /((?:[?&#]|&amp;|%3F|%26)[\w.~$-]{1,64}(?:=|%3D))(?:(?!%26)[^&#\s"'<>])+/gi;
/** An id of Resource Manager's, or what may be base64, also as addresses and JSON spell it. */
const runs =
  /(\/subscriptions\/[\da-f-]{36}(?:\/[\w.()-]+)*)|(?:[\w+/-]|%2[BF]|\\\/|\\u002B){22,}(?:={1,2}|(?:%3D){1,2})?/gi;

/** Base64 of something random, at least 24 bytes of it, or 16 where it says itself by its `=` that it is base64. */
function withoutRandom(run: string): string {
  const text = run
    .replaceAll(/%2B|\\u002B/gi, '+')
    .replaceAll(/%2F|\\\//gi, '/')
    .replaceAll(/%3D/gi, '=');
  const isPadded = /^[^=]*=$|^[^=]*==$/.test(text) && text.length % 4 === 0;
  if (text.length < 32 && !isPadded) return run;
  const score = randomness(text);
  const hasDigit = /\d/.test(text);
  if (isPadded) return score >= 3 || (hasDigit && score > 0) ? hidden : run;
  return score >= (hasDigit ? 7 : 10) ? hidden : run;
}

/**
 * How often, in the 32 characters where it is most, capitals, small letters and digits follow each other otherwise
 * than in words: measured, ids and names in camel case come to 5 with digits and 9 without, random base64 to 16.
 */
function randomness(text: string): number {
  /** Where they do, of the 32 characters that end here. */
  const changes: number[] = [];
  let first = 0;
  let most = 0;
  for (const { 0: part, index: start } of text.matchAll(/[A-Za-z\d]+/g)) {
    // Names of machines and GUIDs: no mixture of capitals and small letters.
    if (!/[a-z]/.test(part) || !/[A-Z]/.test(part)) continue;
    for (const { index } of part.matchAll(/[A-Z]?[a-z]+|[A-Z]+|\d+/g)) {
      if (index === 0) continue;
      changes.push(start + index);
      while (start + index - (changes[first] ?? 0) >= 32) first++;
      most = Math.max(most, changes.length - first);
    }
  }
  return most;
}

/** Values that stand behind a name: `password=`, `"access_token":"`, `AccountKey=`, `--token `, also as JSON in JSON. */
function withoutNamed(text: string): string {
  const name =
    /(?<![\w-])(?:([\w-]{1,100})(?:\\*["'`]|%2[27])?\s*(?:[=:]|%3[AD])\s*|(--[\w-]{1,60}) +(?!-))/gi;
  let result = '';
  let done = 0;
  for (let match = name.exec(text); match !== null; match = name.exec(text)) {
    const label = match[1] ?? match[2] ?? '';
    // Without a look at the value, which may be all the rest.
    if (!namesSecret(label)) continue;
    const ofSetting = match[0].endsWith('=') && !/code$/i.test(label);
    const pattern = /authorization/i.test(label) ? toLineEnd : ofSetting ? toSemicolon : toSpace;
    pattern.lastIndex = name.lastIndex;
    const [value = '', quote = ''] = pattern.exec(text) ?? [];
    const isHidden = value === '' || value === hidden || value === '[token]';
    if (isHidden || !namesSecret(label, value)) continue;
    // A value of several parts, or one that took the name of the next for its own: its end is not known.
    const swallowed = /([\w-]{1,100})["'`]?\s{0,9}[=:]\s{0,9}["'`]?$/.exec(value.slice(-200))?.[1] ?? '';
    const isOpen = /^[[{]/.test(value) || namesSecret(swallowed);
    const isClosed = quote !== '' && value.length > quote.length && value.endsWith(quote);
    result += text.slice(done, name.lastIndex) + quote + hidden + (isClosed && !isOpen ? quote : '');
    done = isOpen ? text.length : name.lastIndex + value.length;
    name.lastIndex = done;
  }
  return result + text.slice(done);
}

const quoted = String.raw`(\\{0,7}["'\x60]|%2[27])[^]*?(?:(?<!\\)\1|$)`;
const toLineEnd = new RegExp(String.raw`${quoted}|[^\r\n"'\x60]+`, 'y');
const toSpace = new RegExp(String.raw`${quoted}|[^\s;&"'\x60<>]+`, 'y');
/** Values in connection strings may have spaces. */
const toSemicolon = new RegExp(String.raw`${quoted}|[^;&\r\n"'\x60]{1,200}(?=;)|[^\s;&"'\x60<>]+`, 'y');

/** Whether what goes by this name opens a door. Of a `code` the value tells: an error has one too. */
export function namesSecret(name: string, value?: string): boolean {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)?.map((word) => word.toLowerCase()) ?? [];
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (last === 'code') {
    if (/^(?:user|device|auth|authorization)$/.test(before)) return true;
    // No code of an error is as long as that, and the pattern may take its time with what is.
    if (value === undefined || value.length > 100) return true;
    return value.length > 12 && !/^\W*[a-z_.-]+\d{0,6}\W*$/i.test(value);
  }
  if (last === 'key') return !/^(?:partition|shard|sort|public|foreign)$/.test(before);
  return /^(?:sig|sas|jwt|bearer|otp)$/.test(last) || secretNames.test(words.join(''));
}

const secretNames = new RegExp(
  String.raw`(?:${[
    String.raw`(?:passw(?:or)?d|passphrase|pwd|secret|token)(?:value|text|hash|string)?`,
    'authorization(?:auxiliary)?|credentials?|cookie|assertion|signature|verifier|connectionstrings?',
    '(?:account|access|shared|api|master|primary|secondary|private|subscription|function|host|storage|cosmos)key',
  ].join('|')})$`,
);
