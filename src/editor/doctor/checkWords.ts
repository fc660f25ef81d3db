import * as vscode from 'vscode';
import { kinds } from '../../core/clusters/kinds.ts';
import type { Cluster, Mode } from '../../core/clusters/cluster.ts';
import type { CheckId, Evidence, NotRun, Result, Unsure } from '../../core/doctor/report.ts';
import { rangeWords } from '../access/changeWords.ts';
import { roleWords } from '../words.ts';
import { ofFailure, tenantWords, timeWords } from './causeWords.ts';
import type { Parties } from './causeWords.ts';

/** What is looked at. */
export function checkWords(id: CheckId, { kind }: Cluster): string {
  switch (id) {
    case 'signedIn':
      return vscode.l10n.t('Sign-in to Azure');
    case 'clock':
      return vscode.l10n.t('Clock of this machine');
    case 'tenant':
      return vscode.l10n.t('Tenant');
    case 'cluster':
      return kind === 'account' ? vscode.l10n.t('The account') : vscode.l10n.t('The cluster');
    case 'running':
      return vscode.l10n.t('Its state');
    case 'directory':
      return vscode.l10n.t('Entry in the directory');
    case 'entra':
      return vscode.l10n.t('Entra as a way in');
    case 'native':
      return kinds[kind].nativeSecret === 'keys'
        ? vscode.l10n.t('Keys as a way in')
        : vscode.l10n.t('Passwords as a way in');
    case 'network':
      return vscode.l10n.t('Firewall and private network');
    case 'names':
      return vscode.l10n.t('Name and addresses (DNS)');
    case 'tcp':
      return vscode.l10n.t('Connection (TCP)');
    case 'tls':
      return vscode.l10n.t('Certificate (TLS)');
    case 'servicePrincipal':
      return vscode.l10n.t('The service in the tenant');
    case 'token':
      return vscode.l10n.t('Token for the database');
    case 'claims':
      return vscode.l10n.t('What the token says');
    case 'principal':
      return vscode.l10n.t('Registration');
    case 'roles':
      return vscode.l10n.t('Role');
    case 'signIn':
      return vscode.l10n.t('Sign-in to the database');
    case 'command':
      return vscode.l10n.t('First request');
  }
}

export function stateWords(state: Result['state']): string {
  switch (state) {
    case 'waiting':
      return vscode.l10n.t('Waiting');
    case 'looking':
      return vscode.l10n.t('Looking');
    case 'pass':
      return vscode.l10n.t('Passed');
    case 'fail':
      return vscode.l10n.t('Failed');
    case 'warning':
      return vscode.l10n.t('Warning');
    case 'unknown':
      return vscode.l10n.t('Unknown');
    case 'notRun':
      return vscode.l10n.t('Not looked at');
  }
}

export function notRunWords(why: NotRun, cluster: Cluster): string {
  switch (why.what) {
    case 'needs':
      return vscode.l10n.t('This has to pass first: {0}', checkWords(why.check, cluster));
    case 'theirs':
      return vscode.l10n.t('Only their own sign-in or machine can tell');
    case 'stopped':
      return vscode.l10n.t('You stopped it before');
  }
}

export function unsureWords(why: Unsure, id: CheckId): readonly [short: string, long: string] {
  switch (why.what) {
    case 'slow':
      return [
        vscode.l10n.t('No answer within {0}', durationWords(why.limit)),
        vscode.l10n.t('It took longer than its limit. Check again from here: what is slow may only be busy.'),
      ];
    case 'failure':
      return ofFailure(why.failure);
    case 'unsaid':
      return [
        unsaidWords(id),
        vscode.l10n.t('The answer came without that: whether anything is wrong with it is not known.'),
      ];
    case 'theirAddress':
      return [
        vscode.l10n.t('Their address is not known here'),
        vscode.l10n.t('Not everybody is let in. Ask them for the address they come from, and compare.'),
      ];
    case 'inside':
      return [
        vscode.l10n.t('The database could not be asked whom it knows'),
        vscode.l10n.t(
          'Azure does not list them. They may be among the users that the database keeps itself, which only its administrators see.',
        ),
      ];
    case 'groups':
      return [
        vscode.l10n.t('They may have access through a group'),
        vscode.l10n.t(
          'They have no role themselves, and groups have some. Only a request of their own tells whether they are in one.',
        ),
      ];
  }
}

/** What was looked for, and who does not tell it. */
function unsaidWords(id: CheckId): string {
  switch (id) {
    case 'signedIn':
      return vscode.l10n.t('Entra does not say who is signed in');
    case 'clock':
      return vscode.l10n.t('Azure does not say what time it is there');
    case 'tenant':
      return vscode.l10n.t('Azure does not say which tenant the cluster trusts');
    case 'cluster':
      return vscode.l10n.t('Azure does not say what it is like');
    case 'running':
      return vscode.l10n.t('Azure does not say whether it is running');
    case 'directory':
      return vscode.l10n.t('The directory does not say whether they are still there and may sign in');
    case 'entra':
      return vscode.l10n.t('Azure does not say whether people get in with Entra');
    case 'native':
      return vscode.l10n.t('Azure does not say whether passwords or keys let anybody in');
    case 'network':
      return vscode.l10n.t('Azure does not say whether this machine is let in');
    case 'names':
    case 'tcp':
    case 'tls':
      return vscode.l10n.t('The network does not say whether the database is reached');
    case 'servicePrincipal':
      return vscode.l10n.t('The directory does not say whether the tenant knows the service');
    case 'token':
    case 'claims':
      return vscode.l10n.t('The token does not say whose it is in a way that can be read');
    case 'principal':
      return vscode.l10n.t('Azure does not say clearly enough who has been added');
    case 'roles':
      return vscode.l10n.t('The service does not say which roles are given');
    case 'signIn':
      return vscode.l10n.t('The database does not say who was signed in');
    case 'command':
      return vscode.l10n.t('The database does not say what came of the first request');
  }
}

/** So many of a kind are shown. */
const most = 20;

/** What was seen: everything of one name together, as a label and what it says. */
export function evidenceWords(
  evidence: readonly Evidence[],
  tenants: Parties['tenants'],
): readonly { readonly label: string; readonly values: readonly string[] }[] {
  const found = new Map<string, string[]>();
  for (const one of evidence) {
    const label = labelOf(one.name);
    const values = found.get(label) ?? [];
    for (const value of valuesOf(one, tenants)) if (!values.includes(value)) values.push(value);
    found.set(label, values);
  }
  return [...found].map(([label, values]) => ({
    label,
    values:
      values.length > most
        ? [...values.slice(0, most), vscode.l10n.t('and {0} more', values.length - most)]
        : values,
  }));
}

function labelOf(name: Evidence['name']): string {
  switch (name) {
    case 'account':
      return vscode.l10n.t('Account');
    case 'tenant':
      return vscode.l10n.t('Tenant');
    case 'clusterTenant':
      return vscode.l10n.t('Tenant that is trusted');
    case 'state':
      return vscode.l10n.t('State');
    case 'subscriptionState':
      return vscode.l10n.t('Subscription');
    case 'publicNetwork':
      return vscode.l10n.t('Public network');
    case 'ownAddress':
      return vscode.l10n.t('Address of this machine');
    case 'host':
      return vscode.l10n.t('Host');
    case 'server':
      return vscode.l10n.t('Server');
    case 'address':
      return vscode.l10n.t('Address');
    case 'protocol':
      return vscode.l10n.t('Protocol');
    case 'certificateName':
      return vscode.l10n.t('Certificate for');
    case 'certificateIssuer':
      return vscode.l10n.t('Issued by');
    case 'certificateTo':
      return vscode.l10n.t('Holds until');
    case 'audience':
      return vscode.l10n.t('Audience (aud)');
    case 'issuer':
      return vscode.l10n.t('Issuer (iss)');
    case 'issued':
      return vscode.l10n.t('Issued (iat)');
    case 'expires':
      return vscode.l10n.t('Expires (exp)');
    case 'objectId':
      return vscode.l10n.t('Object id');
    case 'userName':
      return vscode.l10n.t('Sign-in name');
    case 'displayName':
      return vscode.l10n.t('Name');
    case 'principalType':
      return vscode.l10n.t('Type');
    case 'application':
      return vscode.l10n.t('Application id');
    case 'roleName':
      return vscode.l10n.t('Name to connect with');
    case 'role':
      return vscode.l10n.t('Role');
    case 'rolesInside':
      return vscode.l10n.t('Roles in the database');
    case 'serverCode':
      return vscode.l10n.t('Code of the server');
    case 'serviceTime':
      return vscode.l10n.t('Time at the service');
    case 'detail':
      return vscode.l10n.t('Detail');
    case 'databases':
      return vscode.l10n.t('Databases');
    case 'rules':
      return vscode.l10n.t('Rules of the firewall');
    case 'entra':
      return vscode.l10n.t('Entra');
    case 'native':
      return vscode.l10n.t('Passwords or keys');
  }
}

function valuesOf(evidence: Evidence, tenants: Parties['tenants']): readonly string[] {
  if ('value' in evidence) {
    const { name, value } = evidence;
    const called = name === 'tenant' || name === 'clusterTenant' ? tenantWords(value, { tenants }) : value;
    // By its id others know it.
    return [called === value ? value : `${called} (${value})`];
  }
  if ('at' in evidence) return [timeWords(evidence.at)];
  if ('mode' in evidence) return [modeWords(evidence.mode)];
  if ('role' in evidence) {
    const { role, scope } = evidence;
    return [scope === undefined ? roleWords(role) : `${roleWords(role)} · ${scope}`];
  }
  if (evidence.rules.length === 0) return [vscode.l10n.t('none')];
  return evidence.rules.map((rule) =>
    rule.name === '' ? rangeWords(rule) : `${rule.name}: ${rangeWords(rule)}`,
  );
}

function modeWords(mode: Mode): string {
  switch (mode) {
    case 'on':
      return vscode.l10n.t('on');
    case 'off':
      return vscode.l10n.t('off');
    case 'unknown':
      return vscode.l10n.t('unknown');
  }
}

export function durationWords(milliseconds: number): string {
  return milliseconds < 1000
    ? vscode.l10n.t('{0} ms', Math.round(milliseconds))
    : vscode.l10n.t('{0} s', (milliseconds / 1000).toFixed(1));
}
