/** Everything that can go wrong, as data. The words for it live in the editor. */
export type FailureData =
  | { readonly code: 'signInNeeded'; readonly tenant: string }
  | {
      readonly code: 'signInRefused';
      readonly tenant: string;
      readonly aadsts: number;
      readonly reason: Refusal;
    }
  | { readonly code: 'stepUpNeeded'; readonly tenant: string }
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
  | { readonly code: 'malformed'; readonly host: string }
  | { readonly code: 'hostRefused'; readonly host: string }
  | { readonly code: 'badSetting'; readonly setting: string; readonly problem: SettingProblem }
  | { readonly code: 'internal'; readonly message: string };

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

export type SettingProblem = 'missing' | 'notHttps' | 'notApplicationId' | 'unknownCloud' | 'noSuchProvider';

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
 * Text of somebody else's, safe to show and log: nothing that looks like a token, a signature or a password in
 * an address survives, and it has an end.
 */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\beyJ[\w-]+\.[\w-]*\.?[\w-]*/g, '[token]')
    .replaceAll(/\bBearer\s+\S+/gi, 'Bearer [token]')
    .replaceAll(/(\/\/)[^/@\s]+@/g, '$1[credentials]@')
    .replaceAll(/([?&][\w%.-]+=)[^&\s"']+/g, '$1[…]')
    .slice(0, 2000);
}
