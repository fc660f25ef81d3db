import { stopsOf } from '../../core/access/guards.ts';
import { anybody, anyRule } from '../../core/access/permissions.ts';
import type { Change, Obstacle } from '../../core/clusters/change.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { namesOf } from '../../core/findings/finding.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Node } from '../node.ts';

/**
 * Which of the commands for clusters and people mend it: tags for menus, the first is what "Fix…" does. What would be
 * refused now is not offered: what has to go first is in the portal.
 */
export function tagsOf(finding: Finding): readonly [Fix, ...string[]] {
  return hurdleOf(finding) === undefined ? usualTagsOf(finding) : ['fixOutside'];
}

/** What has to go first, as the cluster was when it was looked at. */
export function hurdleOf(finding: Finding): Obstacle | undefined {
  const { cluster, subscriptionState } = finding.known;
  const change = changeOf(finding);
  return change === undefined
    ? undefined
    : stopsOf(kinds[cluster.kind], cluster, change, subscriptionState)[0];
}

/** What its first fix comes to, as far as it matters for what is in the way of that. */
function changeOf(finding: Finding): Change | undefined {
  const [fix] = usualTagsOf(finding);
  switch (fix) {
    case 'fixModes':
      return { what: 'setModes', entra: true, native: finding.rule === 'nativeOnly' };
    case 'fixPeople':
      return anybody;
    case 'fixGrants': {
      const [grant] = 'grants' in finding ? finding.grants : [];
      return grant === undefined ? undefined : { what: 'removeGrant', grant };
    }
    case 'fixRules':
    case 'fixAddresses':
      return anyRule;
    case 'fixOutside':
      return undefined;
  }
}

function usualTagsOf({ rule, ...finding }: Finding): readonly [Fix, ...string[]] {
  switch (rule) {
    case 'nativeAccess':
    case 'nativeOnly':
      return ['fixModes'];
    case 'noAdministrator':
    case 'singleAdministrator':
      return ['fixPeople'];
    case 'orphan':
      return ['fixGrants', 'fixNames'];
    case 'foreignUser':
      return ['fixGrants'];
    case 'openToEveryone':
      return 'rules' in finding && finding.rules.length > 0 ? ['fixRules', 'fixAddresses'] : ['fixAddresses'];
    case 'azureServices':
      return ['fixRules', 'fixAddresses'];
    case 'oldKey':
      return ['fixOutside', 'fixModes'];
    case 'certificate':
      return ['fixOutside'];
  }
}

export type Fix = 'fixModes' | 'fixPeople' | 'fixGrants' | 'fixRules' | 'fixAddresses' | 'fixOutside';

/** The rows of the tree that it is about: who has access, or the rules of a firewall. */
export function rowsBehind(finding: Finding): readonly Node[] {
  const { cluster } = finding.known;
  const { key } = cluster;
  if ('grants' in finding) {
    const names = namesOf(finding.known);
    return finding.grants.map((grant) => ({ kind: 'grant', grant, names, you: undefined, key }));
  }
  return 'rules' in finding ? finding.rules.map((rule) => ({ kind: 'rule', rule, key })) : [];
}

/** Where in the portal certificates are renewed: at the application, not at the cluster. */
export function certificateAddress(finding: Finding | undefined): string | undefined {
  if (finding?.rule !== 'certificate') return undefined;
  return `view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/${encodeURIComponent(finding.appId)}`;
}
