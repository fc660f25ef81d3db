import { Failure, withoutSecrets } from '../failure.ts';

/** What is known of the moment in which the driver failed. */
export interface Moment {
  readonly host: string;
  /** The connection had been made, and a command was its business. */
  readonly open: boolean;
  /** A token has been presented since the command began. */
  readonly presented: boolean;
}

/** As much of the driver's errors as is read here: they are told apart by name and number, never by their text. */
interface DriverError extends Error {
  readonly code?: unknown;
  readonly codeName?: unknown;
  readonly errorLabels?: readonly string[];
  readonly originalError?: unknown;
}

/** What the driver threw, as a failure. */
export function failureOfDriver(error: unknown, moment: Moment): Failure {
  const errors = withCauses(error);
  const own = errors.find((one) => one instanceof Failure);
  if (own !== undefined) return own;
  const answer = errors.find(({ code }) => typeof code === 'number');
  return answer === undefined ? failureOfConnection(errors, moment) : failureOfAnswer(answer, moment);
}

/** Whether waiting cannot help: the certificate is not to be believed, or we ourselves refused to go there. */
export function isHopeless(error: unknown): boolean {
  const errors = withCauses(error);
  return distrusts(codeOf(errors)) || errors.some((one) => one instanceof Failure);
}

/** AuthenticationFailed, ReauthenticationRequired: no command as such is answered with them. */
const signInCodes: readonly number[] = [18, 391];
/** Unauthorized: what a command may not do, or to older gateways any token that they do not take. */
const unauthorized = 13;

function failureOfAnswer(answer: DriverError, { host, presented }: Moment): Failure {
  const serverCode = Number(answer.code);
  const signingIn = presented || answer.errorLabels?.includes('HandshakeError') === true;
  if (signInCodes.includes(serverCode) || (serverCode === unauthorized && signingIn))
    return new Failure({ code: 'databaseSignInRefused', host, serverCode }, answer);
  const name = typeof answer.codeName === 'string' ? withoutSecrets(answer.codeName) : '';
  const message = withoutSecrets(answer.message);
  return new Failure({ code: 'database', serverCode, name, message }, answer);
}

function failureOfConnection(errors: readonly DriverError[], { host, open }: Moment): Failure {
  const [error] = errors;
  if (error === undefined || !connectionErrors.test(error.name)) return Failure.from(error);
  const code = codeOf(errors);
  const detail = code ?? withoutSecrets(errors.at(-1)?.message ?? '');
  const making =
    !open || unmade.test(error.name) || error.errorLabels?.some((label) => makingLabels.includes(label));
  const cause = distrusts(code) ? 'tls' : making === true ? 'timeout' : 'cut';
  return new Failure({ code: 'databaseUnreachable', host, detail, cause }, error);
}

const connectionErrors =
  /^(Mongo(ServerSelection|Network|NetworkTimeout|PoolCleared)|PoolClearedOnNetwork)Error$/;
/** Thrown before a command was sent. */
const unmade = /^Mongo(ServerSelection|PoolCleared)Error$/;
/** Put on the failures of connections that were still being made. */
const makingLabels: readonly string[] = ['HandshakeError', 'SystemOverloadedError'];

/** OpenSSL's names for what is wrong with a certificate, and Node's for the rest of TLS. */
function distrusts(code: string | undefined): boolean {
  return code !== undefined && /CERT|SIGNATURE|CRL|^ERR_(TLS|SSL)_|^EPROTO$|^HOSTNAME_|^INVALID_/.test(code);
}

/** The innermost, which is the system's. */
function codeOf(errors: readonly DriverError[]): string | undefined {
  return errors.map(({ code }) => code).findLast((code) => typeof code === 'string');
}

/** An error and what lies behind it: the driver hides it in `cause`, and that of a write on a replica elsewhere. */
function withCauses(error: unknown): readonly DriverError[] {
  const errors: DriverError[] = [];
  for (let one = error; one instanceof Error && errors.length < 8;) {
    const known: DriverError = one;
    errors.push(known);
    one = known.originalError ?? known.cause;
  }
  return errors;
}
