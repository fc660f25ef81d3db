import { accountErrorReply } from './accountError.ts';
import { createAccountPlane } from './accountPlane.ts';
import { apis } from './audiences.ts';
import type { Authority } from './authority.ts';
import type { Faults } from './faults.ts';
import type { ClusterName } from './gateway/dns.ts';
import { suffixes } from './hosts.ts';
import { isObject } from './json.ts';
import type { DatabaseAccount, Organisation } from './organisation.ts';
import { startService, type RequestRecord, type Service } from './service.ts';
import type { Tokens } from './tokens.ts';

export interface AccountsOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly authority: Authority;
  readonly faults: Faults;
  readonly latencyMs: number;
  readonly record: (entry: RequestRecord) => void;
}

/** The data planes of NoSQL accounts, and what a cloud has to know to find them and sign in. */
export interface Accounts {
  readonly suffix: string;
  readonly audience: string;
  /** By the account's name in lower case. */
  readonly byName: ReadonlyMap<string, Service>;
  names(): ClusterName[];
  /** Has the accounts of an organisation say where they are: the port is known only now. */
  place(organisation: Organisation): void;
  reset(): Promise<void>;
}

/** A data plane for every account of the NoSQL API. */
export async function startAccounts(options: AccountsOptions): Promise<Accounts> {
  const { organisation, tokens, authority, ...common } = options;
  const names = ['127.0.0.1', 'localhost', `*.${suffixes.databaseAccounts}`];
  const tls = await authority.issue(names);
  const byName = new Map<string, Service>();
  for (const { id, name } of accounts(organisation)) {
    const service = await startService({
      ...common,
      name: 'accounts',
      account: name,
      handle: createAccountPlane(organisation, tokens, id),
      refuse: accountErrorReply,
      tls,
      authority,
      names,
    });
    byName.set(name.toLowerCase(), service);
  }
  return {
    suffix: suffixes.databaseAccounts,
    audience: apis.databaseAccounts.audiences[0],
    byName,
    names: () =>
      accounts(organisation).flatMap(({ name, location }) => {
        const cluster = name.toLowerCase();
        return [cluster, `${cluster}-${location}`].map((host) => ({
          host: `${host}.${suffixes.databaseAccounts}`,
          cluster,
        }));
      }),
    place(organisation) {
      for (const { name, properties } of accounts(organisation)) {
        const port = byName.get(name.toLowerCase())?.port;
        if (port === undefined) continue;
        const lists = ['locations', 'readLocations', 'writeLocations'].flatMap((list) => properties[list]);
        for (const one of [properties, ...lists.filter(isObject)]) {
          const endpoint = new URL(String(one['documentEndpoint']));
          one['documentEndpoint'] = `https://${endpoint.hostname}:${port}/`;
        }
      }
    },
    async reset() {
      for (const { doorway } of byName.values()) await doorway.recover();
    },
  };
}

function accounts(organisation: Organisation): DatabaseAccount[] {
  return organisation.resources.filter(
    (one): one is DatabaseAccount =>
      one.type === 'Microsoft.DocumentDB/databaseAccounts' && one.api === 'sql',
  );
}
