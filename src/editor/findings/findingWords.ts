import * as vscode from 'vscode';
import { kinds } from '../../core/clusters/kinds.ts';
import { namesOf } from '../../core/findings/finding.ts';
import type { ClusterGap, Finding, Gap, Known, RuleId, Severity } from '../../core/findings/finding.ts';
import type { Ignored } from '../../core/findings/ledger.ts';
import type { Caller } from '../../core/identity/tokens.ts';
import { obstacleWords, rangeWords } from '../access/changeWords.ts';
import { messageOf } from '../messages.ts';
import { hurdleOf } from './findingFixes.ts';
import { factLabel, modesWords, principalLabel, productWords, roleWords } from '../words.ts';

export function severityWords(severity: Severity): string {
  switch (severity) {
    case 'error':
      return vscode.l10n.t('Error');
    case 'warning':
      return vscode.l10n.t('Warning');
    case 'information':
      return vscode.l10n.t('Information');
  }
}

/** What a rule is about, whatever it finds. */
export function ruleWords(rule: RuleId): string {
  switch (rule) {
    case 'openToEveryone':
      return vscode.l10n.t('Firewall open to everyone');
    case 'noAdministrator':
      return vscode.l10n.t('No Entra administrator');
    case 'nativeAccess':
      return vscode.l10n.t('Passwords or keys beside Entra');
    case 'nativeOnly':
      return vscode.l10n.t('Passwords only');
    case 'orphan':
      return vscode.l10n.t('Access of somebody who is gone');
    case 'foreignUser':
      return vscode.l10n.t('Access from another tenant');
    case 'oldKey':
      return vscode.l10n.t('Old keys');
    case 'certificate':
      return vscode.l10n.t('Certificate that ends');
    case 'singleAdministrator':
      return vscode.l10n.t('A single Entra administrator');
    case 'azureServices':
      return vscode.l10n.t('Open to all of Azure');
  }
}

/** What was found, in the few words of a row. */
export function findingWords(finding: Finding): string {
  const usesKeys = kinds[finding.known.cluster.kind].nativeSecret === 'keys';
  switch (finding.rule) {
    case 'openToEveryone':
      return finding.rules.length === 0
        ? vscode.l10n.t('open to every address: the firewall has no rule')
        : vscode.l10n.t('open to every address');
    case 'noAdministrator':
      return vscode.l10n.t('no Entra administrator');
    case 'nativeAccess':
      return usesKeys
        ? vscode.l10n.t('keys still on beside Entra')
        : vscode.l10n.t('passwords still on beside Entra');
    case 'nativeOnly':
      return usesKeys
        ? vscode.l10n.t('keys still on, Entra off')
        : vscode.l10n.t('passwords still on, Entra off');
    case 'orphan':
      return vscode.l10n.t('{0} is gone from the directory and still has access', who(finding));
    case 'foreignUser':
      return vscode.l10n.t('{0} is of another tenant', who(finding));
    case 'oldKey':
      return vscode.l10n.t('key {0} days old', Math.max(...finding.keys.map(({ days }) => days)));
    case 'certificate':
      return finding.days < 0
        ? vscode.l10n.t('the certificate of {0} has expired', who(finding))
        : finding.days === 0
          ? vscode.l10n.t('the certificate of {0} ends within a day', who(finding))
          : vscode.l10n.t('the certificate of {0} ends in {1} days', who(finding), finding.days);
    case 'singleAdministrator':
      return vscode.l10n.t('{0} is the only Entra administrator', who(finding));
    case 'azureServices':
      return vscode.l10n.t('open to all of Azure’s own addresses');
  }
}

/** Why it matters. */
export function whyWords(rule: RuleId): string {
  switch (rule) {
    case 'openToEveryone':
      return vscode.l10n.t(
        'Anybody on the internet reaches the sign-in: a password or key that leaks, or a hole in the service, is all that is missing.',
      );
    case 'noAdministrator':
      return vscode.l10n.t(
        'Entra is on, and nobody in it rules over this cluster: rights inside the database are given with a password, or by nobody.',
      );
    case 'nativeAccess':
      return vscode.l10n.t(
        'People and applications have access by Entra already. Passwords and keys beside it have no second factor, are nobody’s in particular, and stay good when somebody leaves.',
      );
    case 'nativeOnly':
      return vscode.l10n.t(
        'Whoever knows the password gets in: without a second factor, under a name that several share, and still after they left.',
      );
    case 'orphan':
      return vscode.l10n.t(
        'The principal was deleted, or left. Nobody signs in as it now; a deleted principal can be restored with all it had, and nobody can tell any more whose access it was.',
      );
    case 'foreignUser':
      return vscode.l10n.t(
        'Their sign-in, second factor and leaving are in the hands of another directory, and your own reviews of access do not see them.',
      );
    case 'oldKey':
      return vscode.l10n.t(
        'A key opens everything to whoever has a copy of it. The older it is, the more copies there are in configurations, logs and on machines of people who left.',
      );
    case 'certificate':
      return vscode.l10n.t(
        'With its last certificate the application loses its way in: what runs as it stops, often at night.',
      );
    case 'singleAdministrator':
      return vscode.l10n.t(
        'When this one is ill, leaves or is deleted, nobody can manage the users of the database until an owner in Azure adds another.',
      );
    case 'azureServices':
      return vscode.l10n.t(
        'The rule 0.0.0.0 lets in every address in Azure: also the machines that anybody else rents there.',
      );
  }
}

/** What to do about it; and before that, where it would be refused now. */
export function fixWords(finding: Finding): string {
  const hurdle = hurdleOf(finding);
  const usual = usualFixWords(finding);
  return hurdle === undefined ? usual : `${obstacleWords(finding.known.cluster, hurdle)} ${usual}`;
}

function usualFixWords(finding: Finding): string {
  switch (finding.rule) {
    case 'openToEveryone':
      return finding.rules.length === 0
        ? vscode.l10n.t('Let in the addresses that need it: the first rule closes it to all others.')
        : vscode.l10n.t('Let in the addresses that need it, then remove the wide rule.');
    case 'noAdministrator':
    case 'singleAdministrator':
      return vscode.l10n.t('Add an administrator, best one whom several people stand for.');
    case 'nativeAccess':
      return vscode.l10n.t('Move what still uses them to Entra, then change the ways in to Entra only.');
    case 'nativeOnly':
      return vscode.l10n.t('Turn Entra on beside them and add yourself as administrator: nobody is cut off.');
    case 'orphan':
      return vscode.l10n.t('Remove the access.');
    case 'foreignUser':
      return vscode.l10n.t(
        'Ask whether they still need it; invite them as guests instead, or remove the access.',
      );
    case 'oldKey':
      return vscode.l10n.t(
        'Renew the keys in the portal, one after the other; better, move to Entra and turn keys off.',
      );
    case 'certificate':
      return vscode.l10n.t(
        'Register a new certificate at the application, let it be used, then remove the old one.',
      );
    case 'azureServices':
      return vscode.l10n.t(
        'Let in the addresses of what needs it, or use a private endpoint; remove the rule.',
      );
  }
}

/** What it goes by, a line each. */
export function evidenceWords(finding: Finding): readonly string[] {
  const { known } = finding;
  switch (finding.rule) {
    case 'openToEveryone':
    case 'azureServices':
      return finding.rules.map((rule) => vscode.l10n.t('Rule {0}: {1}', rule.name, rangeWords(rule)));
    case 'noAdministrator':
      return finding.gone === 0
        ? []
        : [vscode.l10n.t('Administrators who are gone from the directory: {0}', finding.gone)];
    case 'nativeAccess':
      return [
        vscode.l10n.t('Ways in: {0}', modesWords(known.cluster)),
        vscode.l10n.t('Have access by Entra: {0}', finding.people),
      ];
    case 'nativeOnly':
      return [vscode.l10n.t('Ways in: {0}', modesWords(known.cluster))];
    case 'oldKey':
      return finding.keys.map(({ key, days }) =>
        vscode.l10n.t('{0}: {1} days', factLabel({ name: 'keyAge', key, generated: undefined }), days),
      );
    case 'orphan':
    case 'foreignUser':
    case 'singleAdministrator':
      return grantLines(finding);
    case 'certificate': {
      const { certificate, appId } = finding;
      const ends = certificate.ends.toISOString().slice(0, 10);
      return [
        vscode.l10n.t('Certificate {0}: until {1}', certificate.name, ends),
        vscode.l10n.t('Application id: {0}', appId),
        ...grantLines(finding),
      ];
    }
  }
}

function grantLines({ grants, known }: Extract<Finding, { readonly grants: unknown }>): readonly string[] {
  return grants.map((grant) => {
    const { principal } = grant.holder;
    const name = principalLabel(grant, namesOf(known));
    const role = roleWords(grant.role);
    const line =
      name === principal.objectId
        ? `${name}: ${role}`
        : vscode.l10n.t('{0}: {1}, object id {2}', name, role, principal.objectId);
    return [
      line,
      ...(grant.scope === undefined ? [] : [vscode.l10n.t('on {0}', grant.scope)]),
      ...(principal.tenant === undefined ? [] : [vscode.l10n.t('Tenant: {0}', principal.tenant)]),
    ].join(' · ');
  });
}

function who({ grants, known }: Extract<Finding, { readonly grants: unknown }>): string {
  const [grant] = grants;
  if (grant === undefined) return '';
  const label = principalLabel(grant, namesOf(known));
  // Enough of an id to tell rows apart; the tooltip has all of it.
  return /^[\da-f-]{36}$/i.test(label) ? `${label.slice(0, 8)}…${label.slice(-4)}` : label;
}

/** What could not be looked at, where, and why; `tenantName` is asked for the names of tenants. */
export function gapWords(gap: Gap, tenantName: (caller: Caller) => string): GapWords {
  if (gap.what === 'nameless') {
    return {
      where: tenantName(gap.caller),
      what: vscode.l10n.t('{0} with access cannot be named', gap.count),
      why: vscode.l10n.t(
        'The editor’s own application may not read that much of this directory: whether they are gone, and until when their certificates hold, is not known. With an application id of your organisation’s own (the setting cosmosEntra.applicationId) it may.',
      ),
    };
  }
  const { short, long } = messageOf(gap.failure);
  if (gap.what === 'tenant')
    return {
      where: tenantName(gap.caller),
      what: vscode.l10n.t('not all of its clusters are listed · {0}', short),
      why: long,
    };
  return { where: gap.cluster.name, what: `${partWords(gap.what)} · ${short}`, why: long };
}

interface GapWords {
  readonly where: string;
  readonly what: string;
  readonly why: string;
}

function partWords(what: ClusterGap['what']): string {
  switch (what) {
    case 'cluster':
      return vscode.l10n.t('could not be read');
    case 'grants':
      return vscode.l10n.t('who has access could not be read');
    case 'rules':
      return vscode.l10n.t('its firewall could not be read');
    case 'names':
      return vscode.l10n.t('the directory did not say who they are');
  }
}

/** Why something is ignored, by whom, since when and how long. */
export function ignoredWords({ reason, by, time, until }: Ignored): readonly string[] {
  return [
    vscode.l10n.t('Ignored: {0}', reason),
    vscode.l10n.t('By {0}, {1}', by, dayOf(time)),
    until === undefined ? vscode.l10n.t('For ever') : vscode.l10n.t('Until {0}', dayOf(until)),
  ];
}

export function dayOf(time: string): string {
  days ??= new Intl.DateTimeFormat(vscode.env.language, { dateStyle: 'medium' });
  return days.format(new Date(time));
}

/** Made once: there may be a thousand rows, each with its days. */
let days: Intl.DateTimeFormat | undefined;

/** Where it is, for who has several of a name. */
export function placeWords({ cluster }: Known): string {
  return `${productWords(cluster.kind).long} · ${cluster.resourceGroup}`;
}
