import { Directory } from '../core/access/principals.ts';
import { openDoor } from '../core/azure/door.ts';
import type { Door } from '../core/azure/door.ts';
import { Discovery } from '../core/clusters/discovery.ts';
import type { Change, Store } from '../core/clusters/discovery.ts';
import type { Cloud } from '../core/identity/clouds.ts';
import { TokenBroker } from '../core/identity/tokens.ts';
import type { Events } from '../core/identity/tokens.ts';
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
}

/** How people sign in to a cloud. */
export type AccountsOf = (cloud: Cloud, applicationId: string | undefined, store: Store) => Accounts;

/** The cloud that the settings name; throws when they make no sense. */
export function openAzure(
  accountsOf: AccountsOf,
  store: Store,
  events: Events,
  changed: (change: Change) => void,
): Azure {
  const cloud = cloudSetting();
  const accounts = accountsOf(cloud, applicationIdSetting(), store);
  const tokens = new TokenBroker(accounts, Date, events);
  const door = openDoor(cloud, tokens, events);
  return {
    cloud,
    accounts,
    tokens,
    door,
    discovery: new Discovery(door, tokens, store, changed),
    directory: new Directory(door, tokens),
  };
}
