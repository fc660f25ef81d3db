import { codesOf, needs, passes, stays, unsaid } from '../outlook.ts';
import type { Outlook } from '../outlook.ts';

/** What an account of Cosmos DB answers, by the status of HTTP and the substatus below it. */
export const cosmosOutlooks = {
  noRole: needs('administrator', 'addMe'),
  notByToken: stays,
  keysOff: needs('you'),
  token: needs('you', 'signIn'),
  firewall: needs('owner', 'addMyIp'),
  forbidden: needs('administrator'),
  gone: needs('you'),
  session: passes,
  moved: passes,
  requestUnits: { waits: 'helps', who: 'owner', help: 'portal' },
  slow: passes,
  exists: needs('you'),
  changed: needs('you'),
  tooLarge: needs('you'),
  again: passes,
  busy: passes,
  writeRegion: passes,
  noAccount: needs('you', 'portal'),
  partitionFull: needs('owner'),
  question: needs('you'),
  other: unsaid,
} as const satisfies Readonly<Record<string, Outlook>>;

export type CosmosMeaning = keyof typeof cosmosOutlooks;

const codes = codesOf<CosmosMeaning>({
  question: '400 400/1001 400/1004',
  token: '401 401/5000 401/5001 401/5008 401/5009 401/5010',
  keysOff: '401/5202 403/5202',
  forbidden: '403 403/5302',
  writeRegion: '403/3',
  partitionFull: '403/14 403/1014',
  noAccount: '403/1008',
  notByToken: '403/5300',
  noRole: '403/5301',
  firewall: '403/firewall',
  gone: '404 404/0 404/1003',
  session: '404/1002',
  slow: '408',
  exists: '409',
  moved: '410 410/1000 410/1002 410/1007 410/1008 410/1022',
  changed: '412',
  tooLarge: '413',
  requestUnits: '429 429/3200 429/3075 429/3084',
  again: '449 449/5352',
  busy: '500 503 503/20001 503/20002 503/21010',
});

/** What the service says where a program shows no numbers. */
const sayings: readonly (readonly [string, RegExp])[] = [
  [
    '403/firewall',
    /blocked by your Cosmos DB account firewall settings|request originated from (?:client )?IP/i,
  ],
  [
    '403/5301',
    /does not have required RBAC permissions|cannot be authorized by AAD token[^.]{0,80}data action/i,
  ],
  ['403/5300', /cannot be authorized by AAD token in data plane/i],
  ['401/5202', /Local Authorization is disabled/i],
  ['429/3200', /Request rate is large/i],
];

export function cosmosMeaning(code: string): CosmosMeaning {
  return codes.get(code) ?? codes.get(code.split('/')[0] ?? '') ?? 'other';
}

export const cosmosLink = 'https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb';

/** Statuses are everybody's: they are an account's where the text speaks as one. */
export function cosmosCodes(text: string): readonly string[] {
  const found = sayings.flatMap(([code, pattern]) => (pattern.test(text) ? [code] : []));
  if (
    !/sub[- ]?status|ActivityId|Cosmos(?:Exception|HttpResponse|\w{0,30}Error)|documents\.azure/i.test(text)
  )
    return found;
  const statuses = [
    ...text.matchAll(
      /status[ _-]?code["']?\s{0,4}[:=]?\s{0,4}["']?(?:[A-Za-z]{2,40}\s{0,2}\(\s{0,2})?(\d{3})\b|\bcode["']?\s{0,4}[:=]\s{0,4}["']?([45]\d\d)\b|\(([45]\d\d)\)|\bHTTP(?:\/\d\.\d)?\s(\d{3})\b/gi,
    ),
  ].map(([, ...groups]) => groups.find((group) => group !== undefined) ?? '');
  const below = /sub[- ]?status(?:[ _-]?code)?["']?\s{0,4}[:=]?\s{0,4}["']?\(?(\d{1,6})\b/i.exec(text)?.[1];
  const known = statuses.filter((status) => codes.has(status));
  for (const status of known) {
    const exact = `${status}/${below ?? ''}`;
    if (found.some((code) => code.startsWith(`${status}/`))) continue;
    found.push(below === undefined || below === '0' ? status : exact);
  }
  // A substatus alone says enough where it is known.
  if (known.length === 0 && below !== undefined) {
    const whole = [...codes.keys()].find((code) => code.endsWith(`/${below}`) && below.length > 2);
    if (whole !== undefined && !found.includes(whole)) found.push(whole);
  }
  return found;
}
