import type { Cloud } from '../../identity/clouds.ts';
import { authority, header, options, scopeOf, suffixOf, whyHostIsChecked } from './target.ts';
import type { Target } from './target.ts';
import { comment, inEightDigits, quoted } from './text.ts';

/** https://pymongo.readthedocs.io/en/stable/api/pymongo/auth_oidc.html */
export function python(target: Target, cloud: Cloud): string {
  const host = authority(cloud, {
    usGovernment: 'AzureAuthorityHosts.AZURE_GOVERNMENT',
    china: 'AzureAuthorityHosts.AZURE_CHINA',
  });
  return `${comment(
    '#',
    header(target, cloud, [
      'pip install "pymongo>=4.9" "azure-identity>=1.19"',
      'Save this as main.py, then: python main.py',
    ]),
  )}

import sys

from azure.identity import ${host === undefined ? '' : 'AzureAuthorityHosts, '}DefaultAzureCredential
from pymongo import MongoClient
from pymongo.auth_oidc import OIDCCallback, OIDCCallbackContext, OIDCCallbackResult

CLUSTER = ${text(target.cluster)}
HOST = ${text(target.host)}
SCOPE = ${text(scopeOf(cloud))}
ALLOWED_HOSTS = ${text(suffixOf(target))}

credential = DefaultAzureCredential(${host === undefined ? '' : `authority=${host}`})


class EntraTokens(OIDCCallback):
    def fetch(self, context: OIDCCallbackContext) -> OIDCCallbackResult:
        # Asked whenever the driver needs a token: the credential knows when one is too old.
        token = credential.get_token(SCOPE)
        return OIDCCallbackResult(access_token=token.token)


${comment('#', whyHostIsChecked)}
if not HOST.endswith(ALLOWED_HOSTS):
    sys.exit(f"{HOST} is not below {ALLOWED_HOSTS}")

with MongoClient(
    f"mongodb+srv://{HOST}${options}",
    authMechanism="MONGODB-OIDC",
    authMechanismProperties={"OIDC_CALLBACK": EntraTokens()},
) as client:
    status = client.admin.command("connectionStatus")
    print("Connected to", CLUSTER, "as", status["authInfo"]["authenticatedUsers"][0]["user"])
${work(target)}
`;
}

function work({ database, collection }: Target): string {
  if (database === undefined) return '    print("Databases:", client.list_database_names())';
  if (collection === undefined)
    return `    print("Collections:", client[${text(database)}].list_collection_names())`;
  return `    print("First document:", client[${text(database)}][${text(collection)}].find_one())`;
}

function text(value: string): string {
  return quoted(value, inEightDigits);
}
