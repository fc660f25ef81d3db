/** What may be wrong with a cluster and with who comes to it, one fault a row. */
import assert from 'node:assert/strict';
import type { Mender } from '../../src/core/doctor/causes.ts';
import { unopenedBy } from '../../src/core/doctor/unopened.ts';
import { Failure } from '../../src/core/failure.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { TokenOrder } from '../local-azure/azure.ts';
import type { Doorway } from '../local-azure/doorway.ts';
import type { Resource } from '../local-azure/organisation.ts';
import { unregister } from '../local-azure/registration.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import type { Case, Fault } from './doctorStage.ts';
import { azure, gateway, host, names, resource } from './sessionStage.ts';

const { kai, robin, lee, kaiAtFabrikam } = samplePeople();

/** A cluster of some kind, and how that is done to it which may be wrong with any. */
export interface Subject {
  readonly name: string;
  /** The service that a token for its data is for. */
  readonly audience: string;
  readonly resource: () => Resource;
  readonly doorway: () => Doorway;
  readonly stop: () => void;
  /** Who has it run again after that. */
  readonly starter: Mender;
}

/** What may be wrong with a cluster of any kind. */
export function faultsOf(subject: Subject): readonly Fault[] {
  const { name, audience, doorway } = subject;
  return [
    {
      when: 'it does not run',
      make: subject.stop,
      check: 'running',
      cause: 'notRunning',
      who: subject.starter,
      fix: 'portal',
    },
    {
      when: 'its name is not found',
      make: () => names().fail('notFound', name),
      check: 'names',
      cause: 'nameUnknown',
      who: 'network',
    },
    {
      when: 'nobody listens there',
      make: () => doorway().fail({ tcp: 'refused' }),
      check: 'tcp',
      cause: 'portClosed',
      who: 'network',
    },
    ...(['expired', 'notYetValid', 'otherName', 'untrusted'] as const).map((tls): Fault => ({
      when: `its certificate is ${tls}`,
      make: () => doorway().fail({ tls }),
      check: 'tls',
      cause: 'certificate',
      who: 'network',
    })),
    {
      when: 'Entra refuses a token for the data with 53003',
      case: forData(audience, () => refuse(53003)),
      check: 'token',
      cause: 'tokenRefused',
      who: 'tenant',
      fix: 'ask',
    },
    {
      when: 'their token is for another service',
      case: forData(audience, () => issue({ resource: 'https://graph.microsoft.com' })),
      check: 'claims',
      cause: 'wrongAudience',
      who: 'you',
      fix: 'signInToDatabase',
    },
    {
      when: 'their token has run out',
      case: forData(audience, () => issue({ resource: audience, lifetimeSeconds: -30 })),
      check: 'claims',
      cause: 'tokenExpired',
      who: 'you',
      fix: 'signInToDatabase',
    },
    {
      when: 'nobody knows them there',
      make: () => unregister(subject.resource(), kai.id),
      check: 'principal',
      cause: 'notRegistered',
      who: 'administrator',
      fix: 'addThem',
    },
  ];
}

const mongo: Subject = {
  name: 'orders-eu',
  audience: cloudOf('public', undefined).audiences.mongoClusters,
  resource,
  doorway: () => gateway().doorway,
  stop: () => (resource().properties.clusterStatus = 'Stopped'),
  starter: 'owner',
};
const databases = mongo.audience;
const neverAnswered = new Failure({
  code: 'databaseUnreachable',
  host,
  detail: 'ETIMEDOUT',
  cause: 'timeout',
});

/** What may be wrong with a cluster of MongoDB’s. */

export const faults: readonly Fault[] = [
  // Before the certificates: the first fault of a check is the one that is held against the others.
  {
    when: 'something between swallows what is sent, and the firewall lets everybody in',
    make() {
      letEverybodyIn();
      return gateway().doorway.fail({ tcp: 'silent' });
    },
    check: 'tls',
    cause: 'silent',
    who: 'network',
  },
  ...faultsOf(mongo),
  {
    when: 'their account is not in the editor any more',
    case: {
      cluster: (usual) => ({ ...usual, caller: { ...usual.caller, account: { id: 'x.y', label: 'gone' } } }),
    },
    check: 'signedIn',
    cause: 'notSignedIn',
    who: 'you',
    fix: 'signIn',
  },
  {
    when: 'Entra gives no token for Azure',
    case: { token: ({ resource }, usual) => (resource === databases ? usual() : refuse(50076)) },
    check: 'signedIn',
    cause: 'azureSignIn',
    who: 'you',
    fix: 'signIn',
  },
  {
    when: 'the clock is ten minutes slow',
    make: () => azure().faults.add({ fault: { kind: 'clock', seconds: 600 }, times: 0 }),
    check: 'clock',
    cause: 'clockOff',
    who: 'you',
  },
  {
    when: 'the subscription is another tenant’s, which lets theirs manage it',
    make() {
      const { subscriptions } = azure().organisation;
      const at = subscriptions.findIndex(({ subscriptionId }) => resource().id.includes(subscriptionId));
      const own = subscriptions[at] ?? assert.fail();
      subscriptions.splice(at, 1, { ...own, tenantId: lee.tenantId, managedByTenants: [kai.tenantId] });
    },
    check: 'tenant',
    cause: 'otherTenant',
    who: 'you',
    fix: 'signIn',
  },
  {
    when: 'it has been deleted',
    case: {
      cluster(usual) {
        const { resources } = azure().organisation;
        resources.splice(resources.indexOf(resource()), 1);
        return usual;
      },
    },
    check: 'cluster',
    cause: 'clusterGone',
    who: 'nobody',
    fix: 'portal',
  },
  {
    when: 'Entra is off',
    make: () => (resource().properties.authConfig.allowedModes = ['NativeAuth']),
    check: 'entra',
    cause: 'entraOff',
    who: 'owner',
    fix: 'modes',
  },
  {
    when: 'Entra is off on the free tier',
    make() {
      resource().properties.authConfig.allowedModes = ['NativeAuth'];
      resource().properties.compute.tier = 'Free';
    },
    check: 'entra',
    cause: 'entraNotOnFreeTier',
    who: 'owner',
    fix: 'portal',
  },
  {
    when: 'it is closed to public networks, and its name leads outside',
    make() {
      resource().properties.publicNetworkAccess = 'Disabled';
      azure().organisation.behaviour.firewallsGateways = true;
    },
    check: 'network',
    cause: 'privateOnly',
    who: 'network',
    fix: 'portal',
  },
  {
    when: 'it is closed to public networks, and its name is not known outside',
    make() {
      resource().properties.publicNetworkAccess = 'Disabled';
      names().fail('notFound', 'orders-eu');
    },
    check: 'network',
    cause: 'privateOnly',
    who: 'network',
    fix: 'portal',
  },
  {
    when: 'its name leads to a private network that they are not in, whatever its rules say',
    make: () => shutOut('198.51.100.7'),
    case: {
      ownAddress: '198.51.100.7',
      // As a session has met it: nothing here calls an address that is not this machine's own.
      unopened: unopenedBy(neverAnswered) ?? assert.fail(),
      resolver: { addresses: async () => [{ address: '10.1.2.4', family: 4 }] },
    },
    check: 'network',
    cause: 'privateOnly',
    who: 'network',
    fix: 'portal',
  },
  {
    when: 'no rule lets their address in',
    make: () => shutOut('198.51.100.7'),
    case: { ownAddress: '198.51.100.7' },
    check: 'network',
    cause: 'firewallClosed',
    who: 'owner',
    fix: 'addMyIp',
  },
  {
    when: 'no rule may let their address in, which they do not know',
    make: () => shutOut('198.51.100.7'),
    check: 'network',
    cause: 'firewallLikely',
    who: 'owner',
    fix: 'addMyIp',
  },
  {
    when: 'no rule lets anybody in',
    make() {
      shutOut('198.51.100.7');
      resource().firewallRules.splice(0);
    },
    check: 'network',
    cause: 'firewallClosed',
    who: 'owner',
    fix: 'addMyIp',
  },
  {
    when: 'the name of its server is not found',
    make: () => names().fail('noAddress', 'orders-eu'),
    check: 'names',
    cause: 'nameUnknown',
    who: 'network',
  },
  {
    when: 'the name server cannot say',
    make: () => names().fail('serverFailure', 'orders-eu'),
    check: 'names',
    cause: 'namesSilent',
    who: 'network',
  },
  {
    when: 'its records name a stranger',
    make: () => names().fail({ kind: 'member', member: 'mongo.evil.example' }, 'orders-eu'),
    check: 'names',
    cause: 'hostRefused',
    who: 'unknown',
    fix: 'portal',
  },
  {
    when: 'something between cuts the connection',
    make: () => gateway().doorway.fail({ tcp: 'cut' }),
    check: 'tls',
    cause: 'cut',
    who: 'network',
  },
  {
    when: 'agreeing on TLS never ends, and the firewall lets everybody in',
    make() {
      letEverybodyIn();
      return gateway().doorway.fail({ tls: 'unfinished' });
    },
    check: 'tls',
    cause: 'silent',
    who: 'network',
  },
  ...(
    [
      [50076, 'you'],
      [50105, 'tenant'],
      [70043, 'you'],
    ] as const
  ).map(([aadsts, who]): Fault => ({
    when: `Entra refuses a token for the database with ${aadsts}`,
    case: forData(databases, () => refuse(aadsts)),
    check: 'token',
    cause: 'tokenRefused',
    who,
    fix: who === 'tenant' ? 'ask' : 'signInToDatabase',
  })),
  {
    when: 'the editor’s application may not ask for such tokens',
    case: forData(databases, () => refuse(65002)),
    check: 'token',
    cause: 'tokenRefused',
    who: 'you',
    fix: 'settings',
  },
  {
    when: 'Entra wants to see them for a token for the database',
    case: forData(databases, () => undefined),
    check: 'token',
    cause: 'tokenRefused',
    who: 'you',
    fix: 'signInToDatabase',
  },
  {
    when: 'their token is another tenant’s',
    case: forData(databases, () => issue({ claims: { tid: lee.tenantId } })),
    check: 'claims',
    cause: 'otherTenant',
    who: 'you',
    fix: 'signIn',
  },
  {
    when: 'their token was made by somebody else',
    case: forData(databases, () => issue({ claims: { iss: `https://sts.windows.net/${lee.tenantId}/` } })),
    check: 'claims',
    cause: 'wrongIssuer',
    who: 'you',
    fix: 'signInToDatabase',
  },
  {
    when: 'their token does not say who they are',
    case: forData(databases, () => issue({ claims: { oid: undefined } })),
    check: 'claims',
    cause: 'noObjectId',
    who: 'you',
    fix: 'signInToDatabase',
  },
  {
    when: 'their token is somebody else’s',
    case: forData(databases, () => issue({ claims: { oid: robin.id } })),
    check: 'claims',
    cause: 'otherPerson',
    who: 'you',
    fix: 'signInToDatabase',
  },
  {
    when: 'they are known by the id that they have at home',
    make() {
      const { users } = resource();
      const mine = users.findIndex(({ name }) => name === kai.id);
      users.splice(mine, 1, { ...(users[mine] ?? assert.fail()), name: kaiAtFabrikam.id });
    },
    case: {
      cluster: (usual) => {
        const { account } = usual.caller;
        const guest = { ...account, id: `${kaiAtFabrikam.id}.${lee.tenantId}` };
        return { ...usual, caller: { ...usual.caller, account: guest } };
      },
      accounts: [`${kaiAtFabrikam.id}.${lee.tenantId}`],
    },
    check: 'principal',
    cause: 'registeredAs',
    who: 'administrator',
    fix: 'addThem',
  },
  {
    when: 'they are known as a user with a password of the same name',
    make() {
      const { users } = resource();
      const mine = users.findIndex(({ name }) => name === kai.id);
      const name = kai.userPrincipalName;
      users.splice(mine, 1, { name, properties: { provisioningState: 'Succeeded', user: name } });
    },
    check: 'principal',
    cause: 'registeredAs',
    who: 'administrator',
    fix: 'addThem',
  },
  {
    when: 'Azure lists them and the database does not know them yet',
    make: () => gateway().faults.refuseSignIn(18, 0),
    check: 'principal',
    cause: 'notInYet',
    who: 'administrator',
    fix: 'access',
  },
  ...([13, 391] as const).map((code): Fault => ({
    when: `the database refuses who is listed with ${code}`,
    make: () => gateway().faults.refuseSignIn(code, 0),
    check: 'principal',
    cause: 'notInYet',
    who: 'administrator',
    fix: 'access',
  })),
  ...(['clusterAdmin', 'readWriteAnyDatabase'] as const).map((half): Fault => ({
    when: `they have ${half} and not the other half`,
    make: () => gateway().forceRoles(kai.id, [half]),
    check: 'roles',
    cause: 'halfRole',
    who: 'administrator',
    fix: 'access',
  })),
  {
    when: 'signing in is never answered',
    make: () => gateway().faults.hang('saslStart'),
    check: 'signIn',
    cause: 'unanswered',
    who: 'unknown',
    fix: 'portal',
  },
  {
    when: 'the first command is never answered',
    make: () => gateway().faults.hang('listDatabases'),
    check: 'command',
    cause: 'unanswered',
    who: 'unknown',
    fix: 'portal',
  },
  {
    when: 'the first command is refused',
    make: () => gateway().faults.fail(13, { command: 'listDatabases', times: 0 }),
    check: 'command',
    cause: 'commandRefused',
    who: 'administrator',
    fix: 'access',
  },
];

/** A token for the data that is not as usual. */
export function forData(
  audience: string,
  answer: () => string | undefined | Promise<string | undefined>,
): Case {
  return { token: ({ resource }, usual) => (resource === audience ? answer() : usual()) };
}

function issue(order: Partial<TokenOrder>): Promise<string> {
  return azure().issueToken(kai.userPrincipalName, { tenant: kai.tenantId, resource: databases, ...order });
}

export function refuse(aadsts: number): never {
  throw new Error(`AADSTS${aadsts}: as Entra would say it.`);
}

/** Its firewalls are heeded, and this is where who is examined comes from. */
export function shutOut(address: string): void {
  const { behaviour } = azure().organisation;
  behaviour.firewallsGateways = true;
  behaviour.callerAddress = address;
}

function letEverybodyIn(): void {
  const { firewallRules } = resource();
  const [rule] = firewallRules;
  assert.ok(rule !== undefined);
  Object.assign(rule.properties, { startIpAddress: '0.0.0.0', endIpAddress: '255.255.255.255' });
}

/** Both at once. */
export function both(first: Case = {}, second: Case = {}): Case {
  const [one, other] = [first.token, second.token];
  const token: Case['token'] =
    one === undefined
      ? other
      : other === undefined
        ? one
        : (asked, usual) => one(asked, async () => other(asked, usual));
  const cluster: Case['cluster'] = (usual) => {
    const after = second.cluster?.(usual) ?? usual;
    return first.cluster?.(after) ?? after;
  };
  return { ...second, ...first, cluster, ...(token === undefined ? {} : { token }) };
}
