import type { Change, FirewallRule, Obstacle, RoleOffer } from '../clusters/change.ts';
import type { Cluster, Grant, Principal } from '../clusters/cluster.ts';
import { isLetIn } from '../clusters/addresses.ts';
import { sameText, text } from '../clusters/fields.ts';
import type { Kind } from '../clusters/kind.ts';
import type { Lack } from './permissions.ts';

/** What is known around a change; what is not known stops nothing. */
export interface Known {
  readonly grants: readonly Grant[];
  readonly rules?: readonly FirewallRule[] | undefined;
  /** The person's own object id in the cluster's tenant. */
  readonly me?: string | undefined;
  /** The directory has no such principal any more. */
  readonly isGone?: (principal: Principal) => boolean;
  /** Grants that go in the same breath. */
  readonly leaving?: readonly Grant[];
  /** The same of rules. */
  readonly leavingRules?: readonly FirewallRule[];
  /** Whether the person was let in by the database, when it was tried. */
  readonly signsIn?: 'yes' | 'no' | 'unsure';
  /** An action that the person lacks, for certain. */
  readonly missing?: Lack | undefined;
  readonly subscriptionState?: string | undefined;
}

/** Everything that speaks against a change, the gravest first. Nothing is asked here. */
export function obstaclesTo(kind: Kind, cluster: Cluster, change: Change, known: Known): readonly Obstacle[] {
  const found = [
    ...(known.missing === undefined
      ? []
      : [{ weight: 'stop' as const, what: 'notAllowed' as const, ...known.missing }]),
    ...subscriptionObstacles(known.subscriptionState),
    ...kind.obstacles(cluster, change, known.leavingRules ?? []),
    ...ours(kind, cluster, change, known),
  ];
  const order = ['stop', 'danger', 'tell'];
  return found.toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
}

function ours(kind: Kind, cluster: Cluster, change: Change, known: Known): readonly Obstacle[] {
  switch (change.what) {
    case 'setModes':
      return ofModes(kind, cluster, change, known);
    case 'addGrant':
      return ofAdding(kind, cluster, change, known);
    case 'changeRole':
    case 'removeGrant':
      return ofTaking(kind, cluster, change, known);
    case 'addRule':
      return ofRule(cluster, change.rule, known);
    case 'removeRule':
      return ofRemovingRule(kind, cluster, change.rule, known);
  }
}

function ofModes(
  kind: Kind,
  { modes }: Cluster,
  { entra, native }: Change & { what: 'setModes' },
  { grants, ...known }: Known,
): readonly Obstacle[] {
  if (!entra && !native) return [{ weight: 'stop', what: 'noWayIn' }];
  const stays = (wanted: boolean, mode: 'on' | 'off' | 'unknown'): boolean =>
    mode === (wanted ? 'on' : 'off');
  if (stays(entra, modes.entra) && stays(native, modes.native))
    return [{ weight: 'stop', what: 'nothingToChange' }];
  const found: Obstacle[] = kind.modesAreExperimental ? [{ weight: 'tell', what: 'experimental' }] : [];
  if (!native && modes.native !== 'off') {
    const living = grants.filter(
      (grant) => isLiving(grant, known.isGone) && (!kind.hasAdministrators || rules(grant)),
    );
    if (kind.hasAdministrators && living.length === 0)
      found.push({ weight: 'stop', what: 'noAdministrator' });
    else if (kind.hasAdministrators && known.signsIn === 'no')
      found.push({ weight: 'stop', what: 'youCannotSignIn' });
    else if (!kind.hasAdministrators && !living.some((grant) => isOf(grant, known.me)))
      found.push({ weight: 'danger', what: 'youHaveNoAccess' });
    else if (kind.hasAdministrators && known.signsIn !== 'yes')
      found.push({ weight: 'danger', what: 'unsureYouCanSignIn' });
    found.push({
      weight: 'danger',
      what: kind.nativeSecret === 'keys' ? 'keysStop' : 'passwordsStop',
      last: grants.filter(({ holder }) => holder.state !== 'entra'),
    });
  }
  if (!entra && modes.entra !== 'off') {
    const losing = grants.filter(({ holder }) => holder.state === 'entra').length;
    found.push({ weight: 'danger', what: 'entraStops', grants: losing });
  }
  return found;
}

function ofAdding(
  kind: Kind,
  cluster: Cluster,
  { wanted }: Change & { what: 'addGrant' },
  { grants, me }: Known,
): readonly Obstacle[] {
  const { principal, role, scope } = wanted;
  const theirs = grants.filter((grant) => isOf(grant, principal.objectId));
  const same = theirs.find(
    (grant) => sameText(grant.roleId, role.id) && (grant.scope ?? '') === (scope ?? ''),
  );
  const other = kind.scopes === undefined ? theirs[0] : undefined;
  const found: Obstacle[] = [];
  const { tenant } = principal;
  if (tenant !== undefined && !sameText(tenant, cluster.caller.tenant))
    found.push({ weight: 'stop', what: 'otherTenant' });
  if (same !== undefined) found.push({ weight: 'stop', what: 'already', grant: same });
  else if (other !== undefined) found.push({ weight: 'stop', what: 'otherRole', grant: other });
  if (cluster.modes.entra === 'off') found.push({ weight: 'stop', what: 'entraOff' });
  if (role.keptIn === 'database') found.push(...administratorsOnly(grants, me));
  const limit = kind.usualLimit;
  if (limit !== undefined && grants.length >= limit)
    found.push({ weight: 'tell', what: 'limit', count: grants.length, limit });
  return found;
}

function ofTaking(
  kind: Kind,
  cluster: Cluster,
  change: Change & { what: 'changeRole' | 'removeGrant' },
  { grants, leaving = [], me, isGone }: Known,
): readonly Obstacle[] {
  const { grant } = change;
  if (grant.holder.state !== 'entra') return [{ weight: 'stop', what: 'nativeUser' }];
  const role = change.what === 'changeRole' ? change.role : undefined;
  if (role !== undefined && sameText(grant.roleId, role.id))
    return [{ weight: 'stop', what: 'nothingToChange' }];
  const twin = role === undefined || kind.scopes === undefined ? undefined : twinOf(grant, role, grants);
  if (twin !== undefined) return [{ weight: 'stop', what: 'already', grant: twin }];
  const found: Obstacle[] = [];
  const going = new Set([grant, ...leaving].map(({ id }) => id.toLowerCase()));
  const staying = grants.filter(
    (other) => !going.has(other.id.toLowerCase()) && rules(other) && isLiving(other, isGone),
  );
  // Whoever is gone from the directory lets nobody in: to remove such a grant takes nothing away.
  const takes = kind.hasAdministrators && rules(grant) && isLiving(grant, isGone);
  if (takes && role?.role.name !== 'administrator' && staying.length === 0)
    found.push({ weight: 'stop', what: 'lastAdministrator' });
  if (grant.keptIn === 'database' || role?.keptIn === 'database')
    found.push(...administratorsOnly(grants, me));
  // Without the role that is taken first one could not give oneself the other.
  if (isOf(grant, me) && rules(grant) && role?.keptIn === 'database')
    found.push({ weight: 'stop', what: 'ownRole' });
  else if (isOf(grant, me) && (role === undefined || rules(grant)))
    found.push({ weight: 'danger', what: 'yourself' });
  if (role !== undefined && interrupts(kind, cluster, change))
    found.push({ weight: 'danger', what: 'interrupts' });
  return found;
}

/** The wanted role on the same scope, where somebody has it beside the one that is to be changed. */
function twinOf({ id, holder, scope }: Grant, role: RoleOffer, grants: readonly Grant[]): Grant | undefined {
  if (holder.state !== 'entra') return undefined;
  const { objectId } = holder.principal;
  return grants.find(
    (other) =>
      !sameText(other.id, id) &&
      isOf(other, objectId) &&
      sameText(other.roleId, role.id) &&
      (other.scope ?? '') === (scope ?? ''),
  );
}

/** Whether somebody is without access for a while: what they have is taken before the new is given. */
export function interrupts(kind: Kind, cluster: Cluster, change: Change): boolean {
  const [first] = kind.steps(cluster, change);
  if (first === undefined) return false;
  return first.to === 'resourceManager' ? first.method === 'DELETE' : 'dropUser' in first.command;
}

function ofRule({ resource }: Cluster, rule: FirewallRule, { rules: now = [] }: Known): readonly Obstacle[] {
  const found: Obstacle[] = [];
  if (isLetIn(rule, now)) found.push({ weight: 'stop', what: 'nothingToChange' });
  // A rule of its own is replaced by another of its name: whoever it lets in would be shut out without a word.
  else if (now.some(({ id, name }) => id !== undefined && sameText(name, rule.name)))
    found.push({ weight: 'stop', what: 'nameTaken' });
  if (rule.start === '0.0.0.0' && rule.end === '255.255.255.255')
    found.push({ weight: 'danger', what: 'everyAddress' });
  else if (rule.start === '0.0.0.0' && rule.end === '0.0.0.0')
    found.push({ weight: 'tell', what: 'azureServices' });
  if (sameText(text(resource.properties['publicNetworkAccess']), 'Disabled'))
    found.push({ weight: 'tell', what: 'publicNetworkOff' });
  return found;
}

function ofRemovingRule(
  kind: Kind,
  { resource }: Cluster,
  rule: FirewallRule,
  { rules, leavingRules = [] }: Known,
): readonly Obstacle[] {
  // Where nobody comes in by rules, none that is left says who does.
  if (rules === undefined || kind.publicNetwork(resource) !== 'filtered') return [];
  const going = [rule, ...leavingRules];
  const left = rules.filter((one) => !going.some((other) => isSameRule(one, other)));
  // A list of addresses that is empty shuts nobody out: that is told by the kind itself.
  if (left.length === 0 && kind.ruleName === undefined) return [];
  return [{ weight: 'tell', what: 'rulesLeft', rules: left }];
}

function isSameRule(one: FirewallRule, other: FirewallRule): boolean {
  return one.id === undefined || other.id === undefined
    ? one.start === other.start && one.end === other.end
    : sameText(one.id, other.id);
}

/** What the database keeps is changed by its administrators in Entra alone. */
export function administratorsOnly(grants: readonly Grant[], me: string | undefined): readonly Obstacle[] {
  if (me === undefined || grants.some((grant) => rules(grant) && isOf(grant, me))) return [];
  return [{ weight: 'stop', what: 'needsAdministrator' }];
}

/** What would be refused to anybody, as the cluster and its subscription are; little of it takes asking. */
export function stopsOf(
  kind: Kind,
  cluster: Cluster,
  change: Change,
  subscriptionState?: string,
): readonly Obstacle[] {
  return [...kind.obstacles(cluster, change), ...subscriptionObstacles(subscriptionState)].filter(
    ({ weight }) => weight === 'stop',
  );
}

function subscriptionObstacles(state: string | undefined): readonly Obstacle[] {
  if (state === undefined || state === '' || /^(enabled|warned)$/i.test(state)) return [];
  return [{ weight: 'stop', what: 'subscriptionState', state }];
}

function rules({ holder, role }: Grant): boolean {
  return holder.state === 'entra' && role.name === 'administrator';
}

function isLiving({ holder }: Grant, isGone: Known['isGone']): boolean {
  return holder.state === 'entra' && isGone?.(holder.principal) !== true;
}

export function isOf({ holder }: Grant, objectId: string | undefined): boolean {
  return objectId !== undefined && holder.state === 'entra' && sameText(holder.principal.objectId, objectId);
}
