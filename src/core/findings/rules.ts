import { sizeOf, widestOf } from '../clusters/addresses.ts';
import { kinds } from '../clusters/kinds.ts';
import { isReplica } from '../clusters/standing.ts';
import { Failure } from '../failure.ts';
import type { EntraGrant, Finding, Found, Judgement, Known, RuleId, Severity } from './finding.ts';

interface Rule<R extends RuleId> {
  readonly severity: Severity;
  /** What is unknown finds nothing. */
  readonly look: (known: Known, judgement: Judgement) => readonly (Found & { readonly rule: R })[];
}

const day = 86_400_000;
/** Of all addresses there are, half: who lets in as many lets in everybody. */
const everybody = 2 ** 31;

/** Every rule there is, by its name in the settings. */
export const rules: { readonly [R in RuleId]: Rule<R> } = {
  openToEveryone: {
    severity: 'error',
    look({ cluster, rules }) {
      const network = kinds[cluster.kind].publicNetwork(cluster.resource);
      if (network === 'everyone') return [{ rule: 'openToEveryone', rules: [] }];
      if (network !== 'filtered' || !isList(rules)) return [];
      const wide = rules.filter((rule) => !isAzure(rule));
      return sizeOf(wide) < everybody ? [] : [{ rule: 'openToEveryone', rules: widestOf(wide, everybody) }];
    },
  },

  noAdministrator: {
    severity: 'error',
    look(known) {
      const { all, maybe, gone } = administratorsOf(known) ?? {};
      if (all === undefined || all.length > 0 || maybe) return [];
      return [{ rule: 'noAdministrator', gone: gone?.length ?? 0 }];
    },
  },

  nativeAccess: {
    severity: 'warning',
    look(known) {
      const { entra, native } = known.cluster.modes;
      const people = entraGrants(known)?.filter((grant) => !isGone(known, grant)).length ?? 0;
      return native === 'on' && entra === 'on' && people > 0 ? [{ rule: 'nativeAccess', people }] : [];
    },
  },

  nativeOnly: {
    severity: 'warning',
    look({ cluster }) {
      const { entra, native } = cluster.modes;
      if (native !== 'on' || entra !== 'off') return [];
      const turnOn = { what: 'setModes', entra: true, native: true } as const;
      // What nobody can change there is no use in pointing at.
      const never = kinds[cluster.kind].obstacles(cluster, turnOn).some(({ what }) => what === 'freeTier');
      return never ? [] : [{ rule: 'nativeOnly' }];
    },
  },

  orphan: {
    severity: 'warning',
    look: (known) =>
      byPrincipal(known)
        .filter(([first]) => isGone(known, first))
        .map((grants) => ({ rule: 'orphan', principal: grants[0].holder.principal, grants })),
  },

  foreignUser: {
    severity: 'warning',
    look: (known) =>
      byPrincipal(known)
        .filter(([{ holder }]) => {
          const { tenant } = holder.principal;
          return tenant !== undefined && tenant.toLowerCase() !== known.cluster.caller.tenant.toLowerCase();
        })
        .map((grants) => ({ rule: 'foreignUser', principal: grants[0].holder.principal, grants })),
  },

  oldKey: {
    severity: 'warning',
    look({ cluster }, { keyDays, now }) {
      if (cluster.modes.native !== 'on') return [];
      const keys = kinds[cluster.kind].facts(cluster.resource).flatMap((fact) => {
        if (fact.name !== 'keyAge' || fact.generated === undefined) return [];
        const days = Math.floor((now - fact.generated.getTime()) / day);
        return days >= keyDays ? [{ key: fact.key, days }] : [];
      });
      return keys.length === 0 ? [] : [{ rule: 'oldKey', keys }];
    },
  },

  certificate: {
    severity: 'warning',
    look: (known, { certificateDays, now }) =>
      byPrincipal(known).flatMap((grants) => {
        const { principal } = grants[0].holder;
        const named = known.named.get(principal.objectId.toLowerCase());
        const appId = named?.state === 'named' ? named.object.appId : undefined;
        const all = appId === undefined ? undefined : known.certificates.get(appId.toLowerCase());
        // With a newer one beside it nobody is stopped by the end of an old one.
        const last = all?.toSorted((a, b) => b.ends.getTime() - a.ends.getTime())[0];
        if (appId === undefined || last === undefined) return [];
        const days = Math.floor((last.ends.getTime() - now) / day);
        if (days >= certificateDays) return [];
        return [{ rule: 'certificate', principal, grants, appId, certificate: last, days }];
      }),
  },

  singleAdministrator: {
    // Azure's own roles can add another: nobody is locked out for good.
    severity: 'information',
    look(known) {
      const { all = [], maybe } = administratorsOf(known) ?? {};
      const [one, ...others] = all;
      if (one === undefined || others.length > 0 || maybe || one.holder.principal.type === 'group') return [];
      return [{ rule: 'singleAdministrator', grants: [one] }];
    },
  },

  azureServices: {
    severity: 'information',
    look({ cluster, rules }) {
      if (kinds[cluster.kind].publicNetwork(cluster.resource) !== 'filtered' || !isList(rules)) return [];
      const found = rules.filter(isAzure);
      return found.length === 0 ? [] : [{ rule: 'azureServices', rules: found }];
    },
  },
};

export const ruleIds = Object.keys(rules) as readonly RuleId[];

const severities: readonly Severity[] = ['error', 'warning', 'information'];

/** What all rules find, the worst first; a cluster that several people see is one. */
export function judge(all: Iterable<Known>, judgement: Judgement): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const known of all) {
    if (known.cluster.read === 'gone') continue;
    for (const rule of ruleIds) {
      const severity = judgement.severity(rule);
      if (severity === 'off') continue;
      for (const one of rules[rule].look(known, judgement)) {
        const id = idOf(one, known);
        // Whoever looked knows better than whoever has only the list.
        if (found.get(id)?.known.looked === undefined) found.set(id, { ...one, id, severity, known });
      }
    }
  }
  const rank = ({ severity, rule }: Finding): number =>
    severities.indexOf(severity) * ruleIds.length + ruleIds.indexOf(rule);
  return [...found.values()].toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      a.known.cluster.name.localeCompare(b.known.cluster.name) ||
      a.id.localeCompare(b.id),
  );
}

function idOf(found: Found, { cluster }: Known): string {
  const about = 'principal' in found ? found.principal.objectId : '';
  return [found.rule, cluster.id, about].join('|').toLowerCase();
}

/** Who rules in Entra, who may or may not, and who would if they were still there; of a kind with such roles. */
function administratorsOf(known: Known) {
  const { cluster } = known;
  const grants = entraGrants(known);
  if (!kinds[cluster.kind].hasAdministrators || cluster.modes.entra !== 'on' || isReplica(cluster))
    return undefined;
  if (grants === undefined) return undefined;
  const isRead = ({ holder }: EntraGrant): boolean => holder.principal.objectId !== '';
  const named = grants.filter((grant) => grant.role.name === 'administrator' && isRead(grant));
  return {
    all: named.filter((grant) => !isGone(known, grant)),
    gone: named.filter((grant) => isGone(known, grant)),
    // A role without a word here may be any: somebody on their way in is no finding.
    maybe: grants.some(
      (grant) =>
        (grant.role.name === 'unknown' || grant.role.name === 'custom' || !isRead(grant)) &&
        !isGone(known, grant),
    ),
  };
}

function entraGrants({ grants }: Known): readonly EntraGrant[] | undefined {
  return isList(grants)
    ? grants.filter((grant): grant is EntraGrant => grant.holder.state === 'entra')
    : undefined;
}

/** The grants of each; a replica has those of its primary, where they are found. */
function byPrincipal(known: Known): readonly (readonly [EntraGrant, ...EntraGrant[]])[] {
  if (isReplica(known.cluster)) return [];
  const found = new Map<string, [EntraGrant, ...EntraGrant[]]>();
  for (const grant of entraGrants(known) ?? []) {
    const id = grant.holder.principal.objectId.toLowerCase();
    if (id === '') continue;
    const theirs = found.get(id);
    if (theirs === undefined) found.set(id, [grant]);
    else theirs.push(grant);
  }
  return [...found.values()];
}

function isGone({ named }: Known, { holder }: EntraGrant): boolean {
  return named.get(holder.principal.objectId.toLowerCase())?.state === 'gone';
}

/** Azure's own addresses, whoever rents them: what a rule of nothing but 0.0.0.0 stands for. */
function isAzure({ start, end }: { readonly start: string; readonly end: string }): boolean {
  return start === '0.0.0.0' && end === '0.0.0.0';
}

function isList<T>(value: readonly T[] | Failure | undefined): value is readonly T[] {
  return value !== undefined && !(value instanceof Failure);
}
