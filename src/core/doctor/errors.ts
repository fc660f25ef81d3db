import { withoutSecrets } from '../failure.ts';
import type { FailureData } from '../failure.ts';
import { azureCodes, azureLink, azureMeaning, azureOutlooks, isGeneral } from './codes/azure.ts';
import type { AzureMeaning } from './codes/azure.ts';
import { cosmosCodes, cosmosLink, cosmosMeaning, cosmosOutlooks } from './codes/cosmos.ts';
import type { CosmosMeaning } from './codes/cosmos.ts';
import { entraCodes, entraLink, entraMeaning, entraOutlooks } from './codes/entra.ts';
import type { EntraMeaning } from './codes/entra.ts';
import { mongoCodes, mongoLink, mongoMeaning, mongoOutlooks } from './codes/mongodb.ts';
import type { MongoMeaning } from './codes/mongodb.ts';
import { networkCodes, networkLink, networkMeaning, networkOutlooks } from './codes/network.ts';
import type { NetworkMeaning } from './codes/network.ts';
import { postgresCodes, postgresLink, postgresMeaning, postgresOutlooks } from './codes/postgres.ts';
import type { PostgresMeaning } from './codes/postgres.ts';
import { isToken, namedIn } from './named.ts';
import type { Named } from './named.ts';
import type { Outlook } from './outlook.ts';

/** Who gives a code its meaning. */
export type Source = Meant['source'];

/** What a code means, in the terms of who gave it. */
export type Meant =
  | { readonly source: 'entra'; readonly meaning: EntraMeaning }
  | { readonly source: 'azure'; readonly meaning: AzureMeaning }
  | { readonly source: 'cosmos'; readonly meaning: CosmosMeaning }
  | { readonly source: 'mongodb'; readonly meaning: MongoMeaning }
  | { readonly source: 'postgres'; readonly meaning: PostgresMeaning }
  | { readonly source: 'network'; readonly meaning: NetworkMeaning };

/** An error that somebody has, by its code. */
export type ExplainedError = Meant &
  Outlook & {
    readonly code: string;
    /** Where the official words are. */
    readonly link: string;
  };

/** What a text has to say. */
export interface ErrorText {
  /** Each once: who refuses comes before what came of it. */
  readonly errors: readonly ExplainedError[];
  /** What is named in the text, for whoever is asked to help. */
  readonly named: readonly Named[];
  /** A token is in it, or something else that opens a door. */
  readonly secret: 'token' | 'other' | undefined;
  /** The beginning of the text, safe to show. */
  readonly shown: string;
  /** How many characters were read, where there are more. */
  readonly onlyRead: number | undefined;
}

/** So many are explained: a log that somebody pasted has the same ones again and again. */
const mostErrors = 12;

/** So many characters are read: whoever pastes a whole log waits for no more than that. */
const mostRead = 100_000;

/** Reads any text: a message, a stack, JSON, the beginning of a log. Nothing of it is kept, and what is passed on has no secret. */
export function readErrors(given: string): ErrorText {
  // What is not to be seen hides a code, and a secret.
  const text = given.slice(0, mostRead).replaceAll(/\p{Cf}+/gu, '');
  const cosmos = cosmosCodes(text);
  // What an account answers has names of Resource Manager's, and the numbers of HTTP.
  const azure = azureCodes(text).filter((code) => cosmos.length === 0 || !isGeneral(code));
  const errors = [
    ...[...new Set(entraCodes(text))].map(ofEntra),
    ...azure.map(ofAzure),
    ...cosmos.map(ofCosmos),
    ...mongoCodes(text).map(ofMongo),
    ...postgresCodes(text).map(ofPostgres),
    ...networkCodes(text).map((code) => ofNetwork(code, text)),
  ];
  const shown = withoutSecrets(unfolded(text));
  return {
    errors: asCaused(once(errors)).slice(0, mostErrors),
    named: namedIn(text),
    secret:
      isToken(text) || shown.includes('[token]') ? 'token' : shown.includes('[secret]') ? 'other' : undefined,
    shown,
    onlyRead: given.length > mostRead ? mostRead : undefined,
  };
}

/** Where a token may be in it, long words that go on in the next line are one: half a token is not known as such. */
function unfolded(text: string): string {
  return /eyJ[\w-]{10}/.test(text)
    ? text.replaceAll(/(?<=[\w.-]{40})(?:\\r|\\n|["']? ?\+?[\r\n]+ {0,20}["']?)+(?=[\w.-]{4})/g, '')
    : text;
}

/** A failure in which a service has spoken, or the network. */
export type ServiceFailure = Extract<
  FailureData,
  {
    readonly code:
      | 'signInRefused'
      | 'forbidden'
      | 'notFound'
      | 'service'
      | 'operationFailed'
      | 'throttled'
      | 'unreachable'
      | 'databaseUnreachable'
      | 'databaseSignInRefused'
      | 'database';
  }
>;

/** The error of somebody else's that a failure here is about. */
export function errorOf(data: ServiceFailure): ExplainedError {
  switch (data.code) {
    case 'signInRefused':
      return ofEntra(`AADSTS${data.aadsts}`);
    case 'forbidden':
    case 'notFound':
    case 'service':
    case 'operationFailed':
      return ofAzure(data.serviceCode);
    case 'throttled':
      return ofAzure('TooManyRequests');
    case 'unreachable':
      return ofNetwork(data.detail);
    case 'databaseUnreachable': {
      const meaning = data.cause;
      return { source: 'network', meaning, ...networkOutlooks[meaning], ...networkOf(data.detail) };
    }
    case 'databaseSignInRefused':
      return { ...ofMongo(signInCode), code: String(data.serverCode) };
    case 'database':
      return ofMongo(String(data.serverCode));
  }
}

/** A database that was asked and said nothing for too long. */
export function isSilence(data: FailureData): boolean {
  return data.code === 'databaseUnreachable' && data.cause === 'timeout';
}

/** AuthenticationFailed: the others that a sign-in is refused with are those of commands, too. */
const signInCode = '18';

/** The same of any failure; nothing of those that are this extension's own. */
export function errorOfFailure(data: FailureData): ExplainedError | undefined {
  switch (data.code) {
    case 'signInRefused':
    case 'forbidden':
    case 'notFound':
    case 'service':
    case 'operationFailed':
    case 'throttled':
    case 'unreachable':
    case 'databaseUnreachable':
    case 'databaseSignInRefused':
    case 'database':
      return errorOf(data);
    case 'halfDone':
      return errorOfFailure(data.reason);
    case 'signInNeeded':
    case 'stepUpNeeded':
    case 'signedOut':
    case 'cancelled':
    case 'ignored':
    case 'overtaken':
    case 'malformed':
    case 'hostRefused':
    case 'script':
    case 'playgroundEnded':
    case 'oneCluster':
    case 'resultGone':
    case 'noMongosh':
    case 'notWritten':
    case 'badSetting':
    case 'internal':
      return undefined;
  }
}

function ofEntra(code: string): ExplainedError {
  const meaning = entraMeaning(code);
  return { source: 'entra', meaning, ...entraOutlooks[meaning], code, link: entraLink(code) };
}

function ofAzure(code: string): ExplainedError {
  const meaning = azureMeaning(code);
  return { source: 'azure', meaning, ...azureOutlooks[meaning], code, link: azureLink };
}

function ofCosmos(code: string): ExplainedError {
  const meaning = cosmosMeaning(code);
  return { source: 'cosmos', meaning, ...cosmosOutlooks[meaning], code, link: cosmosLink };
}

function ofMongo(code: string): ExplainedError {
  const meaning = mongoMeaning(code);
  return { source: 'mongodb', meaning, ...mongoOutlooks[meaning], code, link: mongoLink(code) };
}

function ofPostgres(code: string): ExplainedError {
  const meaning = postgresMeaning(code);
  return { source: 'postgres', meaning, ...postgresOutlooks[meaning], code, link: postgresLink };
}

function ofNetwork(code: string, text = ''): ExplainedError {
  const meaning = networkMeaning(code, text);
  return { source: 'network', meaning, ...networkOutlooks[meaning], ...networkOf(code) };
}

function networkOf(code: string): Pick<ExplainedError, 'code' | 'link'> {
  return { code: withoutSecrets(code), link: networkLink };
}

function once(errors: readonly ExplainedError[]): readonly ExplainedError[] {
  const known = new Map(errors.map((error) => [`${error.source} ${error.code}`, error]));
  // That no server was found is what came of all else.
  return [...known.values()].toSorted((a, b) => Number(isOutcome(a)) - Number(isOutcome(b)));
}

/** What helps where no server was found is not what helps in general, where it is known what that came of. */
function asCaused(errors: readonly ExplainedError[]): readonly ExplainedError[] {
  if (!errors.some(({ meaning }) => meaning === 'privateTimeout')) return errors;
  return errors.map((error) => (isOutcome(error) ? { ...error, help: undefined } : error));
}

function isOutcome({ source, meaning }: ExplainedError): boolean {
  return source === 'mongodb' && meaning === 'noSelection';
}
