import { reasonOf } from '../../identity/refusals.ts';
import { codesOf, needs, passes, unsaid } from '../outlook.ts';
import type { Outlook } from '../outlook.ts';

/** What Entra's refusals mean: the reasons of a sign-in, and those of programs beside them. */
export const entraOutlooks = {
  secondFactor: needs('you', 'signIn'),
  conditionalAccess: needs('administrator'),
  device: needs('you'),
  consent: needs('administrator', 'signIn'),
  notPreauthorised: needs('you', 'settings'),
  notAssigned: needs('administrator'),
  notInTenant: needs('administrator', 'signIn'),
  tenantPolicy: needs('administrator'),
  applicationMissing: needs('you', 'settings'),
  resourceMissing: needs('administrator'),
  accountState: needs('administrator'),
  sessionOver: needs('you', 'signIn'),
  tenantUnknown: needs('you', 'settings'),
  transient: passes,
  other: unsaid,
  accountLocked: { waits: 'helps', who: 'administrator' },
  wrongPassword: needs('you', 'signIn'),
  consentDeclined: needs('you', 'signIn'),
  signInWaits: { waits: 'helps', who: 'you' },
  credential: needs('owner'),
  federation: needs('owner'),
  request: needs('owner'),
  replyAddress: needs('owner'),
  oneTenantOnly: needs('owner'),
  passwordAgent: { waits: 'unknown', who: 'administrator' },
} as const satisfies Readonly<Record<string, Outlook>>;

export type EntraMeaning = keyof typeof entraOutlooks;

/** Where a number says more than the reason that a sign-in acts on. */
const numbers = codesOf<EntraMeaning>({
  accountLocked: '50053',
  wrongPassword: '50126 50056 80014',
  consentDeclined: '65004',
  signInWaits: '70016',
  credential: '7000215 7000222 7000216 7000218 700027 700030 700025 50012 50013',
  federation: '700211 700212 700213 700024 700023',
  request: '70011 700022 28002 70000 9002313 900144 50059 50128 70003 900971 50027 28003',
  replyAddress: '50011 500113 500112',
  oneTenantOnly: '50194 700054',
  sessionOver: '54005 70019 50089 50140 50085 70018 501481 65013',
  tenantUnknown: '900023 90019',
  transient: '90007 90020 90100 90051 50000',
  passwordAgent: '80001 80002 80005 80007 80010',
  device: '135011 700003 530003 50210 53010',
  conditionalAccess: '53010 530031 530033 53009',
  secondFactor: '500121 50160',
  accountState: '50064 501411',
  applicationMissing: '500208',
  notAssigned: '501051',
  resourceMissing: '500014',
});

/** Where there is no number: what OAuth has names for. */
const names = codesOf<EntraMeaning>({
  secondFactor: 'interaction_required',
  consent: 'consent_required',
  sessionOver: 'login_required expired_token invalid_grant',
  credential: 'invalid_client unauthorized_client',
  request: 'invalid_scope unsupported_grant_type',
  signInWaits: 'authorization_pending slow_down',
  transient: 'temporarily_unavailable',
});

export function entraMeaning(code: string): EntraMeaning {
  const number = code.replace('AADSTS', '');
  return names.get(code) ?? numbers.get(number) ?? reasonOf(Number(number));
}

export function entraLink(code: string): string {
  return code.startsWith('AADSTS')
    ? `https://login.microsoftonline.com/error?code=${code.replace('AADSTS', '')}`
    : 'https://learn.microsoft.com/entra/identity-platform/reference-error-codes';
}

/** The codes in a text. Names are words of every day's: they count where the text is OAuth's, and has no number. */
export function entraCodes(text: string): readonly string[] {
  const found = [...text.matchAll(/AADSTS(\d{4,8})(?!\d)/g)].map(([code]) => code);
  for (const [, list = ''] of text.matchAll(/"error_codes"\s{0,9}:\s{0,9}\[([\d,\s]{1,200})\]/g))
    found.push(...(list.match(/\d{4,8}/g) ?? []).map((number) => `AADSTS${number}`));
  for (const [, number = ''] of text.matchAll(/\/error\?code=(\d{4,8})(?!\d)/g))
    found.push(`AADSTS${number}`);
  if (found.length > 0) return found;
  return [...text.matchAll(/(?<![\w.-])[a-z]+_[a-z_]{4,24}(?![\w.-])/g)]
    .map(([name]) => name)
    .filter((name) => names.has(name));
}
