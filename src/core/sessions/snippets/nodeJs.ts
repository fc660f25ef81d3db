import type { Cloud } from '../../identity/clouds.ts';
import { authority, header, options, scopeOf, suffixOf } from './target.ts';
import type { Target } from './target.ts';
import { comment, inBraces, quoted } from './text.ts';

/** https://www.mongodb.com/docs/drivers/node/current/security/authentication/oidc */
export function nodeJs(target: Target, cloud: Cloud): string {
  const authorityHost = authority(cloud, {
    usGovernment: 'AzureAuthorityHosts.AzureGovernment',
    china: 'AzureAuthorityHosts.AzureChina',
  });
  return `${comment(
    '//',
    header(target, cloud, [
      'npm install mongodb@^7.1.1 @azure/identity@^4.13.0',
      'Save this as main.mjs, then: node main.mjs',
    ]),
  )}

import { ${authorityHost === undefined ? '' : 'AzureAuthorityHosts, '}DefaultAzureCredential } from '@azure/identity';
import { MongoClient } from 'mongodb';

const cluster = ${text(target.cluster)};
const host = ${text(target.host)};
const scope = ${text(scopeOf(cloud))};

const credential = new DefaultAzureCredential(${authorityHost === undefined ? '' : `{ authorityHost: ${authorityHost} }`});
const client = new MongoClient(\`mongodb+srv://\${host}${options}\`, {
  authMechanism: 'MONGODB-OIDC',
  authMechanismProperties: {
    // Asked whenever the driver needs a token: the credential knows when one is too old.
    OIDC_CALLBACK: async () => {
      const { token } = await credential.getToken(scope);
      return { accessToken: token };
    },
    // No other host is handed one.
    ALLOWED_HOSTS: [${text(`*${suffixOf(target)}`)}],
  },
});

try {
  const { authInfo } = await client.db('admin').command({ connectionStatus: 1 });
  console.log('Connected to', cluster, 'as', authInfo.authenticatedUsers[0].user);
${work(target)}
} catch (error) {
  console.error(\`Could not use \${cluster}: \${error.message}\`);
  process.exitCode = 1;
} finally {
  await client.close();
}
`;
}

function work({ database, collection }: Target): string {
  if (database === undefined) {
    return `  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  console.log('Databases:', databases.map(({ name }) => name));`;
  }
  if (collection === undefined) {
    return `  const collections = await client.db(${text(database)}).listCollections({}, { nameOnly: true }).toArray();
  console.log('Collections:', collections.map(({ name }) => name));`;
  }
  return `  const collection = client.db(${text(database)}).collection(${text(collection)});
  console.log('First document:', await collection.findOne());`;
}

function text(value: string): string {
  return quoted(value, inBraces);
}
