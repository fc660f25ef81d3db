import { randomUUID } from 'node:crypto';
import type { Reply } from './service.ts';

interface Meaning {
  readonly error: string;
  readonly text: string;
  readonly suberror?: string;
}

/** What Entra says beside the AADSTS numbers that this Azure has reasons to give. */
const meanings: Readonly<Record<number, Meaning>> = {
  28002: { error: 'invalid_scope', text: 'Provided value for the input parameter scope is not valid.' },
  50011: { error: 'invalid_request', text: 'The redirect URI specified in the request does not match.' },
  50014: { error: 'invalid_grant', text: 'The guest has not redeemed the invitation.' },
  50020: {
    error: 'invalid_grant',
    text: 'User account does not exist in the tenant and cannot access the application.',
  },
  50034: { error: 'invalid_grant', text: 'The user account does not exist in the directory.' },
  50057: { error: 'invalid_grant', text: 'The user account is disabled.' },
  50072: { error: 'interaction_required', text: 'You must enroll in multi-factor authentication.' },
  50076: {
    error: 'interaction_required',
    text: 'Due to a configuration change made by your administrator, you must use multi-factor authentication.',
    suberror: 'basic_action',
  },
  50079: { error: 'interaction_required', text: 'You must enroll in multi-factor authentication.' },
  50105: {
    error: 'invalid_grant',
    text: 'The signed in user is not assigned to a role for the application.',
  },
  50158: { error: 'interaction_required', text: 'External security challenge not satisfied.' },
  53003: {
    error: 'invalid_grant',
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    suberror: 'message_only',
  },
  54005: { error: 'invalid_grant', text: 'OAuth2 Authorization code was already redeemed.' },
  65001: {
    error: 'invalid_grant',
    text: 'The user or administrator has not consented to use the application.',
    suberror: 'consent_required',
  },
  65002: {
    error: 'invalid_request',
    text: 'Consent between first party application and first party resource must be configured via preauthorization.',
  },
  70000: { error: 'invalid_grant', text: 'The provided grant is invalid or malformed.' },
  70003: { error: 'unsupported_grant_type', text: 'The app requested an unsupported grant type.' },
  70043: {
    error: 'invalid_grant',
    text: 'The refresh token has expired because of the sign-in frequency that conditional access demands.',
    suberror: 'bad_token',
  },
  70008: { error: 'invalid_grant', text: 'The provided authorization code or refresh token has expired.' },
  70011: { error: 'invalid_scope', text: 'The provided value for the input parameter scope is not valid.' },
  90002: { error: 'invalid_tenant', text: 'Tenant not found. Check that you have the correct tenant ID.' },
  90014: { error: 'invalid_request', text: 'The required field is missing from the credential.' },
  90033: { error: 'temporarily_unavailable', text: 'A transient error has occurred. Please try again.' },
  90072: {
    error: 'invalid_grant',
    text: 'User account from an external identity provider does not exist in the tenant.',
  },
  500011: { error: 'invalid_resource', text: 'The resource principal was not found in the tenant.' },
  500014: { error: 'invalid_resource', text: 'The service principal for the resource is disabled.' },
  501481: { error: 'invalid_grant', text: 'The Code_Verifier does not match the code_challenge.' },
  700016: { error: 'unauthorized_client', text: 'Application was not found in the directory.' },
  700022: {
    error: 'invalid_scope',
    text: 'The scope is not valid because it contains more than one resource.',
  },
  700024: { error: 'invalid_client', text: 'Client assertion is not within its valid time range.' },
  700027: { error: 'invalid_client', text: 'Client assertion failed signature validation.' },
  700030: { error: 'invalid_client', text: 'Invalid certificate: it is expired or not yet valid.' },
  1002012: {
    error: 'invalid_scope',
    text: 'The scope is not valid: a client credential flow needs /.default.',
  },
  7000112: { error: 'unauthorized_client', text: 'The application is disabled.' },
  7000215: { error: 'invalid_client', text: 'Invalid client secret provided.' },
  7000218: {
    error: 'invalid_request',
    text: 'The request body must contain client_assertion or client_secret.',
  },
  9002325: { error: 'invalid_request', text: 'Proof Key for Code Exchange is required.' },
};

/** A refusal of Entra's, by its AADSTS number. */
export class EntraError extends Error {
  readonly number: number;
  readonly error: string;
  readonly claims: string | undefined;
  readonly suberror: string | undefined;

  constructor(number: number, options: { readonly detail?: string; readonly claims?: string } = {}) {
    const meaning = meanings[number] ?? { error: 'invalid_grant', text: 'The request was refused.' };
    super(`AADSTS${number}: ${meaning.text}${options.detail ? ` ${options.detail}` : ''}`);
    this.name = 'EntraError';
    this.number = number;
    this.error = meaning.error;
    this.suberror = meaning.suberror;
    this.claims = options.claims;
  }
}

/** What the token endpoint answers. */
export function entraErrorReply(error: EntraError): Reply {
  const timestamp = new Date().toISOString().replace('T', ' ').replace(/\.\d+/, '');
  const trace = randomUUID();
  const correlation = randomUUID();
  const status =
    error.error === 'invalid_client' ? 401 : error.error === 'temporarily_unavailable' ? 503 : 400;
  return {
    status,
    headers: { 'cache-control': 'no-store, no-cache' },
    body: {
      error: error.error,
      error_description: `${error.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [error.number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${error.number}`,
      ...(error.suberror && { suberror: error.suberror }),
      ...(error.claims && { claims: error.claims }),
    },
  };
}
