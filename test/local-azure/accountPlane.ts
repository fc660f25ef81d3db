import { createHmac, randomUUID } from 'node:crypto';
import { identities, isWithin, matchesAction } from './access.ts';
import { accountError } from './accountError.ts';
import { apis } from './audiences.ts';
import { admitsCallerTo, callerAddresses } from './firewalls.ts';
import { suffixes } from './hosts.ts';
import { isObject, member } from './json.ts';
import { findResource, findSubscription, type DatabaseAccount, type Organisation } from './organisation.ts';
import {
  findRoute,
  route,
  type Call,
  type Handler,
  type Refusal,
  type Reply,
  type Route,
} from './service.ts';
import { sqlContainers, sqlDatabases } from './sqlDatabases.ts';
import type { AccessClaims, Tokens } from './tokens.ts';

const readMetadata = 'Microsoft.DocumentDB/databaseAccounts/readMetadata';

interface PlaneCall extends Omit<Call, 'account'> {
  readonly account: DatabaseAccount;
}

/** What a request is about: where roles have to hold, and what a key signs. */
interface Subject {
  readonly link: string;
  readonly kind: '' | 'dbs' | 'colls';
}

/** The data plane of one NoSQL account, as far as it says what is in it. */
export function createAccountPlane(organisation: Organisation, tokens: Tokens, id: string): Handler {
  const routes: readonly Route<(call: PlaneCall) => Reply>[] = [
    route('GET', '', describe),
    route('GET', '/dbs', databases),
    route('GET', '/dbs/{database}', database),
    route('GET', '/dbs/{database}/colls', containers),
    route('GET', '/dbs/{database}/colls/{container}', container),
  ];

  return async (call) => {
    const account = findResource(organisation, id);
    if (account?.type !== 'Microsoft.DocumentDB/databaseAccounts')
      throw accountError(404, 'NotFound', 'There is no such account.', 1008);
    admit(account);
    if (call.headers['x-ms-version'] === undefined)
      throw accountError(400, 'BadRequest', 'The header x-ms-version is required.');
    await authorise(call, account);
    const found = findRoute(routes, call.method, call.path);
    if (found === 'method') throw accountError(405, 'MethodNotAllowed', `${call.method} is not served here.`);
    if (!found) throw notFound();
    const reply = found.handler({ ...call, account, params: found.params });
    return { ...reply, headers: { 'x-ms-activity-id': randomUUID(), 'x-ms-request-charge': '1' } };
  };

  /** Unlike a cluster, an account tells whom its firewall does not let in. */
  function admit({ properties }: DatabaseAccount): void {
    const rules = (properties['ipRules'] ?? []) as readonly { readonly ipAddressOrRange: string }[];
    if (admitsCallerTo(organisation.behaviour, properties.publicNetworkAccess === 'Enabled', rules)) return;
    const address = callerAddresses(organisation.behaviour).at(-1) ?? '';
    throw accountError(
      403,
      'Forbidden',
      `Request originated from IP ${address} through public internet. This is blocked by your Cosmos DB account firewall settings. More info: https://aka.ms/cosmosdb-tsg-forbidden`,
    );
  }

  async function authorise(call: Call, account: DatabaseAccount): Promise<void> {
    const header = call.headers.authorization;
    if (header === undefined)
      throw unauthorized('Required Header authorization is missing. Ensure a valid token is passed.');
    if (call.headers['x-ms-date'] === undefined) throw unauthorized('The header x-ms-date is required.');
    const { type, sig } = readAuthorization(header);
    if (type === 'master') return admitKey(call, account, sig);
    if (type !== 'aad') throw unauthorized('The type of the authorization is not known.');
    const { oid } = await claimsOf(sig, account);
    if (call.method !== 'GET') {
      const message = `The given request [${call.method} ${call.path}] cannot be authorized by AAD token in data plane.`;
      throw accountError(403, 'Forbidden', message, 5300);
    }
    requireRole(account, oid, subjectOf(call.path).link);
  }

  async function claimsOf(token: string, account: DatabaseAccount): Promise<AccessClaims> {
    const verdict = await tokens.verify(token);
    if (!verdict.ok) {
      const said = {
        malformed: 'The token is malformed.',
        signature: 'The signature of the token is not valid.',
        issuer: 'The issuer of the token is not trusted.',
        expired: 'The token has expired.',
      };
      throw unauthorized(said[verdict.reason]);
    }
    const { claims } = verdict;
    const tenantId = findSubscription(organisation, account.subscriptionId)?.tenantId;
    if (claims.tid !== tenantId) throw unauthorized('The issuer of the token is not trusted.');
    const audience = claims.aud.replace(/\/+$/, '').toLowerCase();
    const own = `https://${account.name.toLowerCase()}.${suffixes.databaseAccounts}`;
    const isForAnother = audience.endsWith(suffixes.databaseAccounts) && audience !== own;
    if (tokens.api(claims.aud)?.appId !== apis.databaseAccounts.appId || isForAnother) {
      const message = `The audience [${claims.aud}] is not among those accepted: [${own}, ${apis.databaseAccounts.audiences[0]}].`;
      throw accountError(401, 'Unauthorized', message, 5008);
    }
    if (typeof claims.oid !== 'string') throw unauthorized('The token says of nobody whose it is.');
    return claims;
  }

  /** Groups count here: the service knows who is in them. */
  function requireRole(account: DatabaseAccount, oid: string, link: string): void {
    const ids = identities(organisation, oid);
    const scope = link === '' ? account.id : `${account.id}/${link}`;
    const isAllowed = account.children['sqlRoleAssignments']?.some(
      ({ properties }) =>
        ids.has(String(properties['principalId'])) &&
        isWithin(scope, String(properties['scope'])) &&
        allows(account, String(properties['roleDefinitionId'])),
    );
    if (isAllowed) return;
    const message =
      `Request blocked by Auth ${account.name} : Request is blocked because principal [${oid}] does not have required ` +
      `RBAC permissions to perform action [${readMetadata}] on resource [/${link}]. Learn more: https://aka.ms/cosmos-native-rbac.`;
    throw accountError(403, 'Forbidden', message, 5301);
  }

  function allows(account: DatabaseAccount, definitionId: string): boolean {
    const name = definitionId.split('/').at(-1)?.toLowerCase();
    const definition = account.children['sqlRoleDefinitions']?.find((one) => one.name.toLowerCase() === name);
    const permissions = definition?.properties['permissions'];
    return (Array.isArray(permissions) ? permissions : []).some((one: unknown) => {
      const has = (list: string) => {
        const actions = member(one, list);
        return (
          Array.isArray(actions) && actions.some((pattern) => matchesAction(String(pattern), readMetadata))
        );
      };
      return has('dataActions') && !has('notDataActions');
    });
  }

  /** A key signs the method, the subject and the date. */
  function admitKey(call: Call, { properties, keys }: DatabaseAccount, signature: string): void {
    if (properties.disableLocalAuth === true) {
      const message = 'Local Authorization is disabled. Use an AAD token to authorize all requests.';
      throw accountError(401, 'Unauthorized', message, 5202);
    }
    const { kind, link } = subjectOf(call.path);
    const date = String(call.headers['x-ms-date']).toLowerCase();
    const signed = `${call.method.toLowerCase()}\n${kind}\n${link}\n${date}\n\n`;
    const isGood = Object.values(keys).some(
      (key) => createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64') === signature,
    );
    if (!isGood) throw unauthorized("The input authorization token can't serve the request.");
  }
}

function describe({ account }: PlaneCall): Reply {
  const { name, properties } = account;
  const locations = (list: unknown) =>
    (Array.isArray(list) ? list : []).filter(isObject).map(({ locationName, documentEndpoint }) => ({
      name: locationName,
      databaseAccountEndpoint: documentEndpoint,
    }));
  return {
    status: 200,
    body: {
      _self: '',
      id: name,
      _rid: `${name}.${suffixes.databaseAccounts}`,
      media: '//media/',
      addresses: '//addresses/',
      _dbs: '//dbs/',
      writableLocations: locations(properties['writeLocations']),
      readableLocations: locations(properties['readLocations']),
      enableMultipleWriteLocations: properties['enableMultipleWriteLocations'],
      userConsistencyPolicy: properties['consistencyPolicy'],
    },
  };
}

function databases({ account }: PlaneCall): Reply {
  const found = sqlDatabases(account).map(resourceOf);
  return { status: 200, body: { _rid: '', Databases: found, _count: found.length } };
}

function database(call: PlaneCall): Reply {
  return { status: 200, body: databaseOf(call) };
}

function containers(call: PlaneCall): Reply {
  const found = containersOf(call);
  return {
    status: 200,
    body: { _rid: databaseOf(call)['_rid'], DocumentCollections: found, _count: found.length },
  };
}

function container(call: PlaneCall): Reply {
  const found = containersOf(call).find((one) => one['id'] === call.params['container']);
  if (!found) throw notFound();
  return { status: 200, body: found };
}

/** The data plane minds the case of names. */
function databaseOf({ account, params }: PlaneCall): Record<string, unknown> {
  const found = sqlDatabases(account).find(({ name }) => name === params['database']);
  if (!found) throw notFound();
  return resourceOf(found);
}

function containersOf(call: PlaneCall): Record<string, unknown>[] {
  const outer = databaseOf(call);
  return sqlContainers(call.account, String(outer['id'])).map(resourceOf);
}

function resourceOf({ properties }: { readonly properties: object }): Record<string, unknown> {
  const resource = member(properties, 'resource');
  return isObject(resource) ? resource : {};
}

function notFound(): Refusal {
  return accountError(404, 'NotFound', 'Resource Not Found.', 0);
}

function unauthorized(message: string): Refusal {
  return accountError(401, 'Unauthorized', message);
}

/** `type=aad&ver=1.0&sig=…`, percent-encoded as a whole; the signature has characters of its own that mean something. */
function readAuthorization(header: string): { readonly type: string; readonly sig: string } {
  let text = '';
  try {
    text = decodeURIComponent(header);
  } catch {
    // It has no type then, and is refused for that.
  }
  const [, type = '', sig = ''] = /^type=(\w+)&ver=1\.0&sig=(.*)$/.exec(text) ?? [];
  return { type, sig };
}

/** A list is of the subject that it is in. */
function subjectOf(path: string): Subject {
  const parts = path.split('/').filter((part) => part !== '');
  const last = parts.at(-1);
  const kind = parts.length === 0 ? '' : parts.length > 2 ? 'colls' : 'dbs';
  return {
    kind,
    link: (parts.length % 2 === 1 && last !== undefined ? parts.slice(0, -1) : parts).join('/'),
  };
}
