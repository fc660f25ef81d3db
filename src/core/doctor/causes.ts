import type { Allowed } from '../access/permissions.ts';
import type { Obstacle } from '../clusters/change.ts';
import type { FailureData } from '../failure.ts';
import type { Cause, CheckId, Report } from './report.ts';
import { isEnding } from '../clusters/standing.ts';
import { errorOfFailure } from './errors.ts';
import { unknownRights } from './rights.ts';
import type { Hurdles, Right, Rights } from './rights.ts';

/** Who can mend it: whoever looks; whoever lets people in to the cluster, manages it, or the tenant. */
export type Mender = 'you' | 'administrator' | 'owner' | 'tenant' | 'network' | 'nobody' | 'unknown';

/** What this extension can do about it. `ask`: it takes somebody else, who can be told what is needed. */
export const fixes = [
  'signIn',
  'signInToDatabase',
  'addThem',
  'addMyIp',
  'modes',
  'access',
  'settings',
  'portal',
  'ask',
] as const;

export type Fix = (typeof fixes)[number];

export interface Mending {
  readonly who: Mender;
  /** It may be over by itself. */
  readonly waits: boolean;
  /** The nearest first. */
  readonly fixes: readonly Fix[];
  /** Whether Azure lets whoever looks do it; undefined where that is not Azure's to say. */
  readonly may: Allowed | undefined;
  /** What has to go first: until then nobody does it. */
  readonly hurdle?: Obstacle;
}

/**
 * Who mends it and how, by what whoever looks may do: what they may not is not theirs to try, but to ask for. What would
 * be refused to anybody is nobody's to try: what goes before it is.
 */
export function mendingOf(cause: Cause, rights: Rights = unknownRights, hurdles: Hurdles = {}): Mending {
  const mending = usualMendingOf(cause);
  const right = rightFor[cause.what];
  if (right === undefined || mending.who === 'nobody') return mending;
  const may = rights[right];
  const hurdle = hurdles[right];
  const others = mending.fixes.filter((fix) => fix !== 'ask' && fix !== changing[right]);
  if (hurdle !== undefined) return { ...mending, may, hurdle, fixes: [...over(hurdle), ...others] };
  return may === 'no' ? { ...mending, may, fixes: ['ask', ...others] } : { ...mending, may };
}

/** What takes it out of the way. */
function over({ what }: Obstacle): readonly Fix[] {
  return what === 'state' || what === 'freeTier' || what === 'version' ? ['portal'] : [];
}

/** The fix that makes the change which a right is needed for. */
const changing: { readonly [right in Right]?: Fix } = {
  people: 'addThem',
  modes: 'modes',
  rules: 'addMyIp',
};

/** What it takes, where Azure says who has that. */
const rightFor: { readonly [what in Cause['what']]?: Right } = {
  notRunning: 'power',
  entraNotOnFreeTier: 'power',
  entraOff: 'modes',
  firewallClosed: 'rules',
  firewallLikely: 'rules',
  notRegistered: 'people',
  registeredAs: 'people',
  noRole: 'people',
  noDataRole: 'people',
};

/** Of somebody else what is theirs to do is not in anybody's hands here. */
function usualMendingOf(cause: Cause): Mending {
  switch (cause.what) {
    case 'notSignedIn':
      return by('you', 'signIn');
    case 'azureSignIn':
    case 'tokenRefused':
      return ofSignIn(cause.failure, cause.what === 'azureSignIn' ? 'signIn' : 'signInToDatabase');
    case 'tokenExpired':
    case 'tokenOld':
    case 'wrongAudience':
    case 'wrongIssuer':
    case 'noObjectId':
    case 'otherPerson':
      return by('you', 'signInToDatabase');
    case 'clockOff':
      return by('you');
    case 'otherTenant':
      return by('you', 'signIn', 'ask');
    case 'clusterGone':
      return by('nobody', 'portal');
    case 'notRunning':
      return isEnding(cause.state) ? by('nobody', 'portal') : by('owner', 'portal', 'ask');
    case 'busy':
      return passing('nobody');
    case 'principalGone':
      return by('administrator', 'access');
    case 'principalDisabled':
    case 'appMissing':
    case 'appDisabled':
      return by('tenant', 'ask');
    case 'typeNotTaken':
      return by('administrator');
    case 'entraOff':
      return by('owner', 'modes', 'ask');
    case 'entraNotOnFreeTier':
      return by('owner', 'portal');
    case 'entraNotOfThisApi':
      return by('nobody');
    case 'privateOnly':
      return by('network', 'portal');
    case 'firewallClosed':
    case 'firewallLikely':
      return by('owner', 'addMyIp', 'ask');
    case 'noAddress':
    case 'hostRefused':
      return by('unknown', 'portal');
    case 'nameUnknown':
    case 'namesSilent':
    case 'silent':
    case 'portClosed':
    case 'cut':
    case 'certificate':
      return by('network');
    case 'notRegistered':
    case 'registeredAs':
    case 'noRole':
    case 'noDataRole':
      return by('administrator', 'addThem', 'ask');
    case 'notInYet':
      return passing('administrator', 'access');
    case 'halfRole':
      return by('administrator', 'access', 'ask');
    case 'roleNameCase':
      return by('you');
    case 'signInRefused':
    case 'commandRefused':
      return by('administrator', 'access', 'ask');
    case 'unanswered':
      return passing('unknown', 'portal');
    case 'failed':
      return ofFailed(cause.failure);
  }
}

/** What is wrong, by the check that found it. */
export interface Found {
  readonly check: CheckId;
  readonly cause: Cause;
}

export interface Diagnosis {
  /** `unclear`: nothing has failed, and not everything could be looked at. */
  readonly state: 'looking' | 'healthy' | 'sick' | 'unclear';
  /** What is wrong by itself, in the order in which it is mended; not what only came of it. */
  readonly causes: readonly Found[];
  readonly warnings: readonly Found[];
}

export function diagnosisOf({ results, state }: Report): Diagnosis {
  const failed: Found[] = [];
  const warnings: Found[] = [];
  let isUnclear = state === 'stopped';
  for (const [check, result] of results) {
    if (result.state === 'fail') failed.push({ check, cause: result.cause });
    else if (result.state === 'warning') warnings.push({ check, cause: result.cause });
    else if (result.state === 'unknown') isUnclear = true;
  }
  const causes = failed.filter(({ cause }, index) => !isExplained(cause, failed.slice(0, index)));
  const is = causes.length > 0 ? 'sick' : isUnclear ? 'unclear' : 'healthy';
  return { state: state === 'looking' ? 'looking' : is, causes, warnings };
}

/** Whether something that was found before explains it. */
function isExplained({ what }: Cause, before: readonly Found[]): boolean {
  const by: readonly Cause['what'][] = [what, ...(comesOf[what] ?? [])];
  return before.some(({ cause }) => by.includes(cause.what));
}

const closed = ['notRunning', 'privateOnly', 'firewallClosed', 'firewallLikely'] as const;
const stranger = ['notRegistered', 'registeredAs', 'notInYet', 'halfRole', 'noRole', 'noDataRole'] as const;

/** What each may have come of. */
const comesOf: { readonly [what in Cause['what']]?: readonly Cause['what'][] } = {
  silent: closed,
  cut: closed,
  portClosed: ['notRunning', 'privateOnly'],
  nameUnknown: ['notRunning', 'privateOnly'],
  certificate: ['clockOff'],
  tokenExpired: ['clockOff'],
  tokenRefused: ['clockOff', 'appMissing', 'appDisabled'],
  wrongIssuer: ['otherTenant'],
  otherPerson: ['otherTenant'],
  notRegistered: ['otherTenant', 'typeNotTaken', 'principalGone'],
  notInYet: ['clockOff', 'otherTenant'],
  signInRefused: ['clockOff', 'otherTenant', ...stranger],
  commandRefused: [...stranger, 'firewallClosed'],
  unanswered: ['clockOff', ...closed],
  failed: ['clockOff', ...closed],
};

function by(who: Mender, ...fixes: readonly Fix[]): Mending {
  return { who, waits: false, fixes, may: undefined };
}

function passing(who: Mender, ...fixes: readonly Fix[]): Mending {
  return { who, waits: true, fixes, may: undefined };
}

/** What Entra says decides: some of it nobody but an administrator can give, some no sign-in either. */
function ofSignIn(failure: FailureData, fix: Fix): Mending {
  const error = errorOfFailure(failure);
  if (error === undefined) return by('you', fix);
  const who = error.who === 'administrator' || error.who === 'owner' ? 'tenant' : (error.who ?? 'unknown');
  const first = error.help === 'settings' ? 'settings' : fix;
  const waits = error.waits === 'helps';
  // Where a sign-in is no help at all, it does not come first.
  const own: readonly Fix[] = error.help === undefined && !waits ? ['ask', first] : [first, 'ask'];
  return { who, waits, fixes: who === 'tenant' ? own : [first], may: undefined };
}

/** What Azure does not allow, whoever manages the cluster can; of other errors it is not known whose they are. */
function ofFailed(failure: FailureData): Mending {
  if (failure.code === 'forbidden') return by('owner', 'ask');
  return errorOfFailure(failure)?.waits === 'helps' ? passing('unknown') : by('unknown');
}
