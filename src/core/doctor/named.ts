import { withoutSecrets } from '../failure.ts';

/** Something that an error names, and whoever is asked to help wants to know. */
export interface Named {
  readonly what:
    | 'application'
    | 'resource'
    | 'tenant'
    | 'object'
    | 'user'
    | 'action'
    | 'scope'
    | 'host'
    | 'address'
    | 'time'
    | 'correlation'
    | 'trace'
    | 'activity';
  readonly value: string;
}

const guid = String.raw`[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}`;
/** Between a label and its value: a colon, quotes, brackets. */
const gap = String.raw`["']?[\s:=]{0,4}["'({\[]{0,2}`;

/** Each is looked for behind its own label: a bare id may be anything, a password too. */
const labels: readonly (readonly [Named['what'], RegExp])[] = [
  [
    'application',
    labelled(`application with identifier|application|client application|client_?id|app_?id`, guid),
  ],
  ['application', labelled(`the client`, guid)],
  ['resource', /\bresource(?: principal)?(?: named)?["']?[\s:=]{0,4}["']?(https?:\/\/[\w./-]{3,200})/i],
  ['tenant', labelled(`tenant named|tenant with identifier|tenant id|tenant|directory`, guid)],
  ['tenant', /\b(?:tenant named|directory|tenant)[\s:]{1,4}["']([^"'\r\n]{1,100})["']/i],
  ['object', labelled(`object id|oid|principal id|principal`, guid)],
  ['user', /\b(?:user|role|account)\s{1,4}["']([^"'\s]{1,100})["']/i],
  ['action', /\bperform (?:the )?action\s{0,4}["'[]([\w./*-]{5,200})/i],
  ['scope', /\b(?:over scope|on resource|on scope)\s{0,4}["'[]([\w./ ()-]{2,400})/i],
  [
    'host',
    /\b(?:ENOTFOUND|EAI_AGAIN|ESERVFAIL|ENODATA|ETIMEOUT|ECONNREFUSED|ETIMEDOUT)\s{1,4}(?:_mongodb\._tcp\.)?([\w.:-]{3,253})/,
  ],
  ['host', /\bhost ?name ["']([\w.-]{3,253})["']/i],
  ['host', /\bserver at ["']([\w.-]{3,253})["']/i],
  [
    'address',
    /\b(?:originated from (?:client )?IP|client (?:with )?IP(?: address)?|pg_hba\.conf entry for host)\s{0,4}["']?([\da-f.:]{7,45})/i,
  ],
  ['time', /\btimestamp["']?[\s:=]{0,4}["']?(\d{4}-\d\d-\d\d[ T][\d:.]{5,14}Z?)/i],
  ['correlation', labelled(`correlation[ _-]?id`, guid)],
  ['trace', labelled(`trace[ _-]?id|request[ _-]?id`, guid)],
  ['activity', labelled(`activity[ _-]?id`, guid)],
];

function labelled(names: string, value: string): RegExp {
  return new RegExp(String.raw`\b(?:${names})${gap}(${value})`, 'i');
}

/** Each thing once, the first that the text has of it. */
export function namedIn(text: string): readonly Named[] {
  const found = new Map<Named['what'], string>();
  for (const [what, pattern] of labels) {
    const value = pattern.exec(text)?.[1]?.replace(/[.:]$/, '');
    if (value !== undefined && !found.has(what)) found.set(what, withoutSecrets(value));
  }
  return [...found].map(([what, value]) => ({ what, value }));
}

/** Whether a token is in the text: a JWT of two parts at least, or what Entra renews tokens with. */
export function isToken(text: string): boolean {
  return /(?<![\w-])eyJ[\w-]{10,4000}\.[\w-]{10}|(?<![\w.])[01]\.A[\w-]{60}/.test(text);
}
