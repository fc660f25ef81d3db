import { codesOf, needs, passes, stays, unsaid } from '../outlook.ts';
import type { Outlook } from '../outlook.ts';

/** What Resource Manager's codes mean. */
export const azureOutlooks = {
  notAllowed: needs('owner'),
  notSignedIn: needs('you', 'signIn'),
  otherTenant: needs('you', 'signIn'),
  policy: needs('administrator'),
  denied: needs('administrator'),
  linked: needs('owner'),
  gone: needs('you', 'portal'),
  noSubscription: needs('you', 'signIn'),
  version: needs('you'),
  notRegistered: needs('owner'),
  conflict: passes,
  locked: needs('owner', 'portal'),
  subscriptionOff: needs('administrator', 'portal'),
  throttled: passes,
  quota: needs('owner', 'portal'),
  notHere: needs('you'),
  roleExists: stays,
  roleLimit: needs('owner'),
  noPrincipal: { waits: 'helps', who: 'you' },
  noRole: needs('you'),
  template: needs('you'),
  deployment: needs('you', 'portal'),
  question: needs('you'),
  busy: passes,
  changed: needs('you'),
  identity: stays,
  directory: needs('administrator'),
  other: unsaid,
} as const satisfies Readonly<Record<string, Outlook>>;

export type AzureMeaning = keyof typeof azureOutlooks;

const codes = codesOf<AzureMeaning>({
  notAllowed: 'AuthorizationFailed Forbidden AccessDenied AuthorizationPermissionMismatch',
  notSignedIn:
    'InvalidAuthenticationToken ExpiredAuthenticationToken AuthenticationFailed AuthenticationFailedMissingToken InvalidAuthenticationTokenAudience AuthenticationFailedInvalidHeader',
  otherTenant: 'InvalidAuthenticationTokenTenant TenantMismatch',
  policy: 'RequestDisallowedByPolicy RequestDisallowedByAzure PolicyViolation',
  denied: 'DenyAssignmentAuthorizationFailed RoleAssignmentUpdateNotPermitted',
  linked: 'LinkedAuthorizationFailed LinkedAccessCheckFailed LinkedInvalidPropertyId',
  gone: 'ResourceNotFound ParentResourceNotFound ResourceGroupNotFound NotFound EntityNotFound ResourceGroupBeingDeleted',
  noSubscription: 'SubscriptionNotFound InvalidSubscriptionId InvalidSubscription',
  version:
    'InvalidApiVersionParameter NoRegisteredProviderFound MissingApiVersionParameter InvalidResourceType UnsupportedApiVersion',
  notRegistered: 'MissingSubscriptionRegistration SubscriptionNotRegistered MissingRegistrationForLocation',
  conflict: 'Conflict AnotherOperationInProgress OperationInProgress ResourceNotReady RetryableError InUse',
  locked: 'ScopeLocked ResourceLocked',
  subscriptionOff: 'ReadOnlyDisabledSubscription SubscriptionDisabled DisallowedOperation',
  throttled: 'TooManyRequests SubscriptionRequestsThrottled ResourceRequestsThrottled RateLimiting',
  quota: 'QuotaExceeded OperationNotAllowed ResourceQuotaExceeded ResourceCountExceedsLimit',
  notHere: 'SkuNotAvailable LocationNotAvailableForResourceType AllocationFailed ZonalAllocationFailed',
  roleExists: 'RoleAssignmentExists',
  roleLimit: 'RoleAssignmentLimitExceeded',
  noPrincipal: 'PrincipalNotFound PrincipalTypeNotSupported UnmatchedPrincipalType',
  noRole: 'RoleDefinitionDoesNotExist RoleAssignmentNotFound',
  template: 'InvalidTemplate InvalidTemplateDeployment',
  deployment: 'DeploymentFailed ResourceDeploymentFailure',
  question: 'BadRequest InvalidParameter InvalidRequestContent InvalidRequestFormat InvalidResourceName',
  busy: 'InternalServerError ServiceUnavailable GatewayTimeout ServerTimeout ServerBusy InternalError',
  changed: 'PreconditionFailed',
  identity: 'CannotSetResourceIdentity',
  directory: 'Authorization_RequestDenied Directory_ObjectNotFound Request_ResourceNotFound',
});
/** Services spell them in camel case and in snake case. */
const spelled: ReadonlyMap<string, string> = new Map([...codes.keys()].map((code) => [plain(code), code]));

function plain(code: string): string {
  return code.replaceAll('_', '').toLowerCase();
}

export function azureMeaning(code: string): AzureMeaning {
  return codes.get(spelled.get(plain(code)) ?? '') ?? 'other';
}

export const azureLink =
  'https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors';

/** Words that every service answers with: where another one speaks, they are its. */
export function isGeneral(code: string): boolean {
  return /^(?:Forbidden|NotFound|Conflict|BadRequest|TooManyRequests|ServiceUnavailable|InternalServerError|PreconditionFailed|AuthenticationFailed|GatewayTimeout)$/.test(
    code,
  );
}

export function azureCodes(text: string): readonly string[] {
  const found: string[] = [];
  const isAzure = /"error"\s{0,9}:\s{0,9}\{|management\.azure|microsoft\.|\/subscriptions\/|azure/i.test(
    text,
  );
  const isMongo = /codeName|errmsg|pymongo|Mongo\w{0,40}(?:Error|Exception)/.test(text);
  const named =
    /\b(?:error)?code["']?\s{0,4}[:=]\s{0,4}["']?([A-Za-z][A-Za-z_]{3,60})\b|\(([A-Z][A-Za-z_]{4,60})\)|^([A-Z][A-Za-z]{5,60}):/gim;
  for (const [, after, round, first] of text.matchAll(named)) {
    const code = after ?? round ?? first ?? '';
    const known = spelled.get(plain(code));
    if (known !== undefined) {
      // The same name is a code of MongoDB's, and whole sentences are in brackets.
      if (!(isMongo && (isGeneral(known) || after === undefined))) found.push(known);
    } else if (after !== undefined && isAzure && !isMongo && /^[A-Z][a-z]+(?:[A-Z][a-z]+)+$/.test(code))
      found.push(code);
  }
  return found;
}
