import type { Cloud } from '../../identity/clouds.ts';
import { connectionString } from '../connectionString.ts';
import { authority, header, scopeOf, suffixOf } from './target.ts';
import type { Target } from './target.ts';
import { comment } from './text.ts';

/** For a program that has a callback already. Nothing in it is secret. */
export function dotEnv(target: Target, cloud: Cloud): string {
  const { host, database, collection } = target;
  const authorityHost = authority(cloud, {
    usGovernment: 'https://login.microsoftonline.us',
    china: 'https://login.chinacloudapi.cn',
  });
  const lines = [
    comment('#', header(target, cloud, ['For a program with a token callback, such as Copy Code writes.'])),
    '',
    line('MONGODB_URI', connectionString(host, { kind: 'interactive' }, cloud)),
    ...(database === undefined ? [] : [line('MONGODB_DATABASE', database)]),
    ...(collection === undefined ? [] : [line('MONGODB_COLLECTION', collection)]),
    line('MONGODB_ALLOWED_HOSTS', `*${suffixOf(target)}`),
    line('MONGODB_TOKEN_SCOPE', scopeOf(cloud)),
    ...(authorityHost === undefined ? [] : [line('AZURE_AUTHORITY_HOST', authorityHost)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Its readers, shells among them, agree on what stands between quotes where nothing in it could mean more. */
function line(name: string, value: string): string {
  const quote = /['\p{C}\p{Zl}\p{Zp}]/u.test(value) ? '"' : "'";
  return quote === '"' && /["\\$`\p{C}\p{Zl}\p{Zp}]/u.test(value)
    ? `# ${name}: this file cannot say it`
    : `${name}=${quote}${value}${quote}`;
}
