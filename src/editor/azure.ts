import { Changes } from '../core/access/changes.ts';
import type { ChangeEvents } from '../core/access/changes.ts';
import { Permissions } from '../core/access/permissions.ts';
import { Directory } from '../core/access/principals.ts';
import { openDoor } from '../core/azure/door.ts';
import type { Door } from '../core/azure/door.ts';
import { Discovery } from '../core/clusters/discovery.ts';
import type { News, Store } from '../core/clusters/discovery.ts';
import type { Inside } from '../core/findings/finding.ts';
import { Lookout } from '../core/findings/lookout.ts';
import { Failure } from '../core/failure.ts';
import type { Cloud } from '../core/identity/clouds.ts';
import { TokenBroker } from '../core/identity/tokens.ts';
import type { Caller, Events } from '../core/identity/tokens.ts';
import { MongoSessions } from '../core/sessions/mongo.ts';
import type { Accounts } from './accounts.ts';
import { applicationIdSetting, cloudSetting } from './settings.ts';

/** One cloud, as its people see it. Made with the first look, remade when the settings name another. */
export interface Azure {
  readonly cloud: Cloud;
  readonly accounts: Accounts;
  readonly tokens: TokenBroker;
  readonly door: Door;
  readonly discovery: Discovery;
  readonly directory: Directory;
  readonly database: MongoSessions;
  readonly permissions: Permissions;
  readonly changes: Changes;
  readonly lookout: Lookout;
}

/** How people sign in to a cloud. */
export type AccountsOf = (cloud: Cloud, applicationId: string | undefined, store: Store) => Accounts;

/** Whoever wants to hear what happens. */
interface Listeners {
  readonly events: Events;
  readonly record: ChangeEvents;
  readonly listed: (news: News) => void;
  /** A change of this cluster came, went on, or ended. */
  readonly changing: (key: string) => void;
  /** The session with this cluster came, went, or is otherwise. */
  readonly sessionChanged: (key: string) => void;
  /** Who was seen inside a database, where somebody opened one. */
  readonly inside: (key: string) => Inside | undefined;
  /** More is known of what a person should look at, or looking began or ended. */
  readonly looked: () => void;
}

/** The cloud that the settings name; throws when they make no sense. */
export function openAzure(accountsOf: AccountsOf, store: Store, listeners: Listeners): Azure {
  const { events, record, listed, changing, sessionChanged, inside, looked } = listeners;
  const cloud = cloudSetting();
  const accounts = accountsOf(cloud, applicationIdSetting(), store);
  const tokens = new TokenBroker(accounts, Date, events);
  const door = openDoor(cloud, tokens, events);
  const directory = new Directory(door, tokens);
  const discovery = new Discovery(door, tokens, store, listed);
  const database = new MongoSessions(door, tokens, sessionChanged);
  return {
    cloud,
    accounts,
    tokens,
    door,
    discovery,
    lookout: new Lookout({ door, directory, tokens, discovery, clock: Date, inside, changed: looked }),
    directory,
    database,
    permissions: new Permissions(door),
    changes: new Changes({
      door,
      database,
      store,
      clock: Date,
      events: record,
      gone: async (caller, principals) => {
        const names = await directory.names(caller, principals);
        return (principal) => names.of(principal).state === 'gone';
      },
      me: async (caller) => (await directory.me(caller))?.objectId,
      stepUp: stepUpOf(tokens, cloud.audiences.resourceManager),
      changed: changing,
    }),
  };
}

/** Asks for more proof of who somebody is. Whoever needs it at the same moment waits for the same answer. */
function stepUpOf(tokens: TokenBroker, resource: string): (caller: Caller) => Promise<string> {
  const asking = new Map<string, Promise<string>>();
  const ask = async (caller: Caller): Promise<string> => {
    try {
      return await tokens.interactive(caller, resource);
    } catch (error) {
      const failure = Failure.from(error);
      // Who declines is not who called the change back: that it was not made is news.
      throw failure.code === 'cancelled'
        ? new Failure({ code: 'stepUpNeeded', tenant: caller.tenant }, failure)
        : failure;
    }
  };
  return (caller) => {
    const key = JSON.stringify([caller.account.id, caller.tenant]);
    const asked = asking.get(key) ?? ask(caller).finally(() => asking.delete(key));
    asking.set(key, asked);
    return asked;
  };
}
