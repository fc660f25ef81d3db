import type { Finding } from '../../core/findings/finding.ts';
import type { Node } from '../node.ts';
import { namesOf } from './findingWords.ts';

/** Which of the commands for clusters and people mend it: tags for menus, the first is what "Fix…" does. */
export function tagsOf({ rule, ...finding }: Finding): readonly [Fix, ...string[]] {
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
